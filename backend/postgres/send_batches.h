// Which messages share a transaction.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/chat/store.h"

namespace parley::backend {

struct PendingSend {
  pb::SendMessageRequest request;
  CallLimit limit;
  Completion<StoredMessage> done;
};

// Pure bookkeeping, not thread-safe. Messages wait by room; a room is in at most one batch at a time, so that its
// messages are stored and announced in the order in which they came; rooms take turns.
class SendBatches {
 public:
  SendBatches(std::size_t batch_messages_max, std::size_t waiting_max);

  // False, and `send` untouched, when too many wait.
  bool add(PendingSend& send);
  // The next batch: whatever waits in rooms that are in no batch, up to the limit. Its rooms stay taken until finish().
  std::vector<PendingSend> take();
  void finish(const std::vector<std::string>& rooms);
  // True: take() would return something.
  bool has_ready() const { return !ready_.empty(); }
  // Messages that wait for a batch.
  std::size_t waiting() const { return waiting_; }
  // The rooms of a batch, each once, sorted.
  static std::vector<std::string> rooms_of(const std::vector<PendingSend>& batch);

 private:
  struct Room {
    std::vector<PendingSend> waiting;  // oldest first
    bool in_batch = false;
  };

  const std::size_t batch_messages_max_;
  const std::size_t waiting_max_;
  std::size_t waiting_ = 0;
  std::unordered_map<std::string, Room> rooms_;
  std::deque<std::string> ready_;  // rooms with waiting messages that are in no batch, each once
};

}  // namespace parley::backend
