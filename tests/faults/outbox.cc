#include "tests/faults/outbox.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

constexpr std::chrono::milliseconds kPauseMost{2'000};
constexpr std::uint64_t kOneInGivenUp = 10;
constexpr std::uint64_t kOneInRepeated = 20;

}  // namespace

void Outbox::produce(SteadyTime now) {
  if (is_finishing_ || now < next_message_ || waiting_.size() >= options_.waiting_max) return;
  next_message_ = now + options_.interval;
  const std::string request_id = absl::StrCat(options_.name, "-", ++made_);
  std::string body = absl::StrCat(request_id, " ");
  body.append(options_.body_bytes - std::min(options_.body_bytes, body.size()) + 1, 'x');
  const std::string& room = options_.rooms[world_.random() % options_.rooms.size()];
  SentMessage& message = world_.history.add_message(room, options_.name, request_id, std::move(body));
  waiting_[request_id] = {.message = &message, .is_sent = false, .time = now};
}

SentMessage* Outbox::take_due(SteadyTime now) {
  for (auto& [request_id, waiting] : waiting_) {
    if (waiting.is_sent || waiting.time > now) continue;
    waiting.is_sent = true;
    waiting.time = now;
    ++waiting.message->attempts;
    return waiting.message;
  }
  return nullptr;
}

bool Outbox::has_overdue(SteadyTime now) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [now](const auto& entry) { return entry.second.is_sent && now - entry.second.time > kAnswerMax; });
}

void Outbox::acknowledged(const std::string& request_id, Position position, SteadyTime now) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end()) return;
  SentMessage& message = *found->second.message;
  if (message.acknowledged) {
    message.answers_differ |= *message.acknowledged != position;
  } else {
    message.acknowledged = std::move(position);
    message.acknowledged_at = now;
    if (world_.one_in(kOneInRepeated)) {
      found->second.is_sent = false;
      found->second.time = now;
      return;
    }
  }
  waiting_.erase(found);
}

void Outbox::failed(const std::string& request_id, bool is_retryable, std::string reason, SteadyTime now) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end()) return;
  Waiting& waiting = found->second;
  if (!is_retryable) {
    waiting.message->final_error = std::move(reason);
    waiting_.erase(found);
    return;
  }
  if (reason == "OUTCOME_UNKNOWN" || reason == "DEADLINE_EXCEEDED") ++waiting.message->unanswered;
  waiting.is_sent = false;
  waiting.time = now + waiting.pause;
  waiting.pause = std::min(2 * waiting.pause, kPauseMost);
}

void Outbox::unanswered(SteadyTime now) {
  std::vector<std::string> sent;
  for (const auto& [request_id, waiting] : waiting_) {
    if (waiting.is_sent) sent.push_back(request_id);
  }
  for (const std::string& request_id : sent) unanswered(request_id, now);
}

void Outbox::unanswered(const std::string& request_id, SteadyTime now) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end()) return;
  ++found->second.message->unanswered;
  if (world_.one_in(kOneInGivenUp)) {
    waiting_.erase(found);
    return;
  }
  found->second.is_sent = false;
  found->second.time = now;
}

void Outbox::forget(const std::string& request_id) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end()) return;
  ++found->second.message->unanswered;
  waiting_.erase(found);
}

}  // namespace parley::faults
