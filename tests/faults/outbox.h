// A writer's messages on their way.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/faults/client.h"

namespace parley::faults {

struct WriterOptions {
  std::string name;  // also its author_id
  std::vector<std::string> rooms;
  std::chrono::milliseconds interval{50};  // between new messages
  std::size_t waiting_max = 8;             // unanswered messages; no new one beyond that
  std::size_t body_bytes = 100;
};

// Makes messages, holds what is unanswered, and records outcomes. Used on the I/O thread.
class Outbox {
 public:
  Outbox(World& world, const WriterOptions& options) : world_(world), options_(options) {}

  // Makes a new message when one is due.
  void produce(SteadyTime now);
  // The next message to send (again): it counts as an attempt and waits for its answer from now on.
  SentMessage* take_due(SteadyTime now);
  bool has_overdue(SteadyTime now) const;

  // The first one is recorded, a further one compared with it. One message in twenty is sent again, as if its
  // acknowledgement had been lost.
  void acknowledged(const std::string& request_id, Position position, SteadyTime now);
  void failed(const std::string& request_id, bool is_retryable, std::string reason, SteadyTime now);
  // What waits for an answer will get none: to be sent again, but for one in ten, which is given up.
  void unanswered(SteadyTime now);
  void unanswered(const std::string& request_id, SteadyTime now);
  // Takes a message out that is never answered (tutorial).
  void forget(const std::string& request_id);

  void finish() { is_finishing_ = true; }
  bool is_finishing() const { return is_finishing_; }
  bool is_empty() const { return waiting_.empty(); }

  static constexpr std::chrono::seconds kAnswerMax{12};

 private:
  struct Waiting {
    SentMessage* message = nullptr;
    bool is_sent = false;  // and not answered
    SteadyTime time{};     // when it was sent, or is to be sent
    std::chrono::milliseconds pause{50};
  };

  World& world_;
  const WriterOptions options_;
  std::map<std::string, Waiting> waiting_;  // by request_id
  SteadyTime next_message_{};
  int made_ = 0;
  bool is_finishing_ = false;
};

}  // namespace parley::faults
