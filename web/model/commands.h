// The commands of one connection that wait for their reply.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "web/model/ports.h"

namespace parley::web {

enum class Command { kSubscribe, kGetMessages, kSendMessage, kSetName, kProbe };

class Commands {
 public:
  // A live connection answers sooner; one that does not is dead.
  static constexpr int kReplyTimeoutMs = 10'000;

  // `overdue` is called when a reply has not come in time.
  Commands(Timers& timers, const Clock& clock, std::function<void()> overdue);

  // An id for a command that needs none of its own.
  std::string next_id();
  void sent(std::string_view request_id, Command command);
  // What the reply answers; nothing when it is not waited for.
  std::optional<Command> answered(std::string_view request_id);
  // Its reply, if it still comes, means nothing any more.
  void forget(Command command);
  // The connection is gone.
  void clear();
  bool waits_for(Command command) const;

 private:
  struct Waiting {
    std::string request_id;
    Command command;
    std::chrono::steady_clock::time_point deadline;
  };
  std::optional<Command> take(std::string_view request_id);
  void watch();
  void check();

  const Clock& clock_;
  std::function<void()> overdue_;
  std::vector<Waiting> waiting_;  // the oldest first, hence by deadline; a handful
  std::uint64_t last_id_ = 0;
  Alarm alarm_;
};

}  // namespace parley::web
