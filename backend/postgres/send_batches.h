// Which messages share a transaction.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
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

// What became of a batch. Guarded by whoever guards the SendBatches.
enum class BatchFate { kOpen, kStored, kFailed };

struct SendBatch {
  std::vector<PendingSend> messages;
  std::vector<std::string> rooms;  // of the messages, each once
  std::shared_ptr<BatchFate> fate = std::make_shared<BatchFate>(BatchFate::kOpen);
  // Of the batches before this one in its rooms, which are being committed.
  std::vector<std::shared_ptr<const BatchFate>> before = {};
};

// Pure bookkeeping, not thread-safe. Messages wait by room; a room is in at most one batch at a time, but for its
// commit, so that its messages are stored and announced in the order in which they came; rooms take turns.
class SendBatches {
 public:
  SendBatches(std::size_t batch_messages_max, std::size_t waiting_max);

  // False, and `send` untouched, when too many wait.
  bool add(PendingSend& send);
  // The next batch: whatever waits in rooms that are in no batch, up to the limit. Its rooms stay taken until finish(),
  // or until commit().
  SendBatch take();
  // Only its commit is missing: the next messages of its rooms may be taken.
  void commit(const SendBatch& batch);
  void finish(const SendBatch& batch);
  // True: take() would return something.
  bool has_ready() const { return !ready_.empty(); }
  // Messages that wait for a batch.
  std::size_t waiting() const { return waiting_; }

 private:
  struct Room {
    std::vector<PendingSend> waiting;             // oldest first
    std::shared_ptr<const BatchFate> in_batch;    // which has it
    std::shared_ptr<const BatchFate> committing;  // before that one, or alone
  };

  // Of a room that has left its batch.
  void release(const std::string& name, const Room& room);

  const std::size_t batch_messages_max_;
  const std::size_t waiting_max_;
  std::size_t waiting_ = 0;
  std::unordered_map<std::string, Room> rooms_;
  std::deque<std::string> ready_;  // rooms with waiting messages that are in no batch, each once
};

}  // namespace parley::backend
