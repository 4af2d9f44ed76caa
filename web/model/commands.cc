#include "web/model/commands.h"

#include <algorithm>
#include <utility>

namespace parley::web {

Commands::Commands(Timers& timers, const Clock& clock, std::function<void()> overdue)
    : clock_(clock), overdue_(std::move(overdue)), alarm_(timers) {}

std::string Commands::next_id() { return "c" + std::to_string(++last_id_); }

void Commands::sent(std::string_view request_id, Command command) {
  const auto deadline = clock_.steady_now() + std::chrono::milliseconds(kReplyTimeoutMs);
  waiting_.insert_or_assign(std::string(request_id), Waiting{command, deadline});
  if (!alarm_.is_set()) watch();
}

std::optional<Command> Commands::answered(std::string_view request_id) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end()) return std::nullopt;
  const Command command = found->second.command;
  waiting_.erase(found);
  if (waiting_.empty()) alarm_.stop();
  return command;
}

void Commands::forget(Command command) {
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    entry = entry->second.command == command ? waiting_.erase(entry) : std::next(entry);
  }
  if (waiting_.empty()) alarm_.stop();
}

void Commands::clear() {
  waiting_.clear();
  alarm_.stop();
}

bool Commands::waits_for(Command command) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [command](const auto& entry) { return entry.second.command == command; });
}

void Commands::watch() {
  const auto first = std::min_element(waiting_.begin(), waiting_.end(), [](const auto& left, const auto& right) {
    return left.second.deadline < right.second.deadline;
  });
  if (first == waiting_.end()) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first->second.deadline - clock_.steady_now());
  alarm_.set(std::max(0, static_cast<int>(left.count())), [this] { check(); });
}

void Commands::check() {
  const auto now = clock_.steady_now();
  const bool late =
      std::any_of(waiting_.begin(), waiting_.end(), [now](const auto& entry) { return entry.second.deadline <= now; });
  if (late) {
    overdue_();
  } else {
    watch();
  }
}

}  // namespace parley::web
