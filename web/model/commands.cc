#include "web/model/commands.h"

#include <algorithm>
#include <utility>

namespace parley::web {

Commands::Commands(Timers& timers, const Clock& clock, std::function<void()> overdue)
    : clock_(clock), overdue_(std::move(overdue)), alarm_(timers) {}

std::string Commands::next_id() { return "c" + std::to_string(++last_id_); }

void Commands::sent(std::string_view request_id, Command command) {
  take(request_id);
  const auto deadline = clock_.steady_now() + std::chrono::milliseconds(kReplyTimeoutMs);
  waiting_.push_back({std::string(request_id), command, deadline});
  if (!alarm_.is_set()) watch();
}

std::optional<Command> Commands::answered(std::string_view request_id) {
  const std::optional<Command> command = take(request_id);
  if (waiting_.empty()) alarm_.stop();
  return command;
}

void Commands::forget(Command command) {
  const auto kept = std::remove_if(waiting_.begin(), waiting_.end(),
                                   [command](const Waiting& waiting) { return waiting.command == command; });
  waiting_.erase(kept, waiting_.end());
  if (waiting_.empty()) alarm_.stop();
}

void Commands::clear() {
  waiting_.clear();
  alarm_.stop();
}

bool Commands::waits_for(Command command) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [command](const Waiting& waiting) { return waiting.command == command; });
}

std::optional<Command> Commands::take(std::string_view request_id) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [request_id](const Waiting& waiting) { return waiting.request_id == request_id; });
  if (found == waiting_.end()) return std::nullopt;
  const Command command = found->command;
  waiting_.erase(found);
  return command;
}

void Commands::watch() {
  if (waiting_.empty()) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(waiting_.front().deadline - clock_.steady_now());
  alarm_.set(std::max(0, static_cast<int>(left.count())), [this] { check(); });
}

void Commands::check() {
  const bool late = !waiting_.empty() && waiting_.front().deadline <= clock_.steady_now();
  if (late) {
    overdue_();
  } else {
    watch();
  }
}

}  // namespace parley::web
