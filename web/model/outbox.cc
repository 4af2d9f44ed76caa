#include "web/model/outbox.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "common/text_rules.h"

namespace parley::web {
namespace {

// The end of the year 9999: behind it there would be no room for later ones.
constexpr std::int64_t kTimeMost = 253'402'300'799'999;

// A stored message is three parts: the time, a line; the failure, a line; the body.
std::optional<UnsentMessage> parse(std::string_view text) {
  const std::size_t first = text.find('\n');
  const std::size_t second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  UnsentMessage message;
  const auto [end, error] = std::from_chars(text.data(), text.data() + first, message.time_ms);
  if (error != std::errc() || end != text.data() + first) return std::nullopt;
  if (message.time_ms < 0 || message.time_ms > kTimeMost) return std::nullopt;
  message.failure = text.substr(first + 1, second - first - 1);
  message.body = text.substr(second + 1);
  return message;
}

bool written_before(const UnsentMessage& left, const UnsentMessage& right) {
  return left.time_ms != right.time_ms ? left.time_ms < right.time_ms : left.request_id < right.request_id;
}

std::string format(const UnsentMessage& message) {
  std::string text = std::to_string(message.time_ms);
  text.append("\n").append(message.failure).append("\n").append(message.body);
  return text;
}

}  // namespace

Outbox::Outbox(Storage& storage, std::string_view room)
    : storage_(storage), prefix_(std::string("parley.outbox.").append(room).append(".")) {
  for (const std::string& storage_key : storage_.keys(prefix_)) load(storage_key);
}

const UnsentMessage* Outbox::next() const {
  const auto found = std::find_if(messages_.begin(), messages_.end(),
                                  [](const UnsentMessage& message) { return message.failure.empty(); });
  return found == messages_.end() ? nullptr : &*found;
}

const UnsentMessage* Outbox::find(std::string_view request_id) const {
  const auto found = std::find_if(messages_.begin(), messages_.end(), [request_id](const UnsentMessage& message) {
    return message.request_id == request_id;
  });
  return found == messages_.end() ? nullptr : &*found;
}

bool Outbox::stored() const {
  return std::all_of(messages_.begin(), messages_.end(), [this](const UnsentMessage& message) {
    return storage_.get(key(message.request_id)).has_value();
  });
}

const UnsentMessage& Outbox::add(std::string_view request_id, std::string_view body, std::int64_t now_ms) {
  UnsentMessage message;
  message.request_id = request_id;
  message.body = body;
  message.time_ms = messages_.empty() ? now_ms : std::max(now_ms, messages_.back().time_ms + 1);
  messages_.push_back(std::move(message));
  if (messages_.size() <= kStoredMax) save(messages_.back());
  return messages_.back();
}

void Outbox::fail(std::string_view request_id, std::string_view failure) {
  const auto message = locate(request_id);
  if (message == messages_.end()) return;
  message->failure = failure;
  std::replace(message->failure.begin(), message->failure.end(), '\n', ' ');
  save(*message);
}

void Outbox::revive(std::string_view request_id) {
  const auto message = locate(request_id);
  if (message == messages_.end()) return;
  message->failure.clear();
  save(*message);
}

void Outbox::remove(std::string_view request_id) {
  storage_.remove(key(request_id));
  if (const auto message = locate(request_id); message != messages_.end()) messages_.erase(message);
}

std::string Outbox::key(std::string_view request_id) const { return std::string(prefix_).append(request_id); }

void Outbox::load(std::string_view storage_key) {
  const std::string_view request_id = storage_key.substr(prefix_.size());
  const std::optional<std::string> text = storage_.get(storage_key);
  if (!text || check_identifier(request_id) != TextProblem::kNone) return;
  std::optional<UnsentMessage> message = parse(*text);
  if (!message || check_body(message->body) != TextProblem::kNone) return;
  message->request_id = request_id;
  messages_.insert(std::upper_bound(messages_.begin(), messages_.end(), *message, written_before), std::move(*message));
}

void Outbox::save(const UnsentMessage& message) { storage_.set(key(message.request_id), format(message)); }

std::vector<UnsentMessage>::iterator Outbox::locate(std::string_view request_id) {
  return std::find_if(messages_.begin(), messages_.end(),
                      [request_id](const UnsentMessage& message) { return message.request_id == request_id; });
}

}  // namespace parley::web
