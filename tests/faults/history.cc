#include "tests/faults/history.h"

#include <array>
#include <fstream>
#include <utility>

#include <boost/json.hpp>

#include "common/errors.h"

namespace parley::faults {
namespace {

constexpr std::array kEntryNames{"began", "message", "reset", "filled", "connected"};

std::int64_t since_ms(SteadyTime start, SteadyTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time - start).count();
}

boost::json::object to_json(const SentMessage& message, SteadyTime start) {
  boost::json::object object{{"message", message.request_id},  {"room", message.room},
                             {"author_id", message.author_id}, {"begun_ms", since_ms(start, message.begun)},
                             {"attempts", message.attempts},   {"unanswered", message.unanswered}};
  if (message.acknowledged) {
    object["acknowledged_offset"] = message.acknowledged->offset;
    object["acknowledged_ms"] = since_ms(start, message.acknowledged_at);
  }
  if (!message.final_error.empty()) object["final_error"] = message.final_error;
  return object;
}

}  // namespace

SentMessage& History::add_message(std::string room, std::string author_id, std::string request_id, std::string body) {
  by_request_id_.emplace(request_id, static_cast<std::int64_t>(messages_.size()));
  SentMessage& message = messages_.emplace_back();
  message.room = std::move(room);
  message.author_id = std::move(author_id);
  message.request_id = std::move(request_id);
  message.body = std::move(body);
  message.begun = std::chrono::steady_clock::now();
  return message;
}

View& History::add_view(std::string reader, std::string room, ViewKind kind) {
  View& view = views_.emplace_back();
  view.reader = std::move(reader);
  view.room = std::move(room);
  view.kind = kind;
  return view;
}

std::int64_t History::find(std::string_view room, std::string_view author_id, std::string_view body) const {
  const auto found = by_request_id_.find(std::string(body.substr(0, body.find(' '))));
  if (found == by_request_id_.end()) return kForeign;
  const SentMessage& message = messages_[static_cast<std::size_t>(found->second)];
  const bool is_same =
      message.room == room && message.body == body && (author_id.empty() || message.author_id == author_id);
  return is_same ? found->second : kDamaged;
}

absl::Status History::write(const std::filesystem::path& file, SteadyTime start) const {
  std::ofstream stream(file, std::ios::trunc);
  for (const SentMessage& message : messages_) stream << boost::json::serialize(to_json(message, start)) << '\n';
  for (const View& view : views_) {
    for (const Entry& entry : view.entries) {
      boost::json::object object{{"reader", view.reader},
                                 {"room", view.room},
                                 {"saw", kEntryNames.at(static_cast<std::size_t>(entry.kind))},
                                 {"offset", entry.offset},
                                 {"ms", since_ms(start, entry.time)}};
      if (entry.message >= 0) object["message"] = messages_[static_cast<std::size_t>(entry.message)].request_id;
      stream << boost::json::serialize(object) << '\n';
    }
  }
  if (stream.flush()) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnavailable, "HISTORY_FAILED", "cannot write " + file.string());
}

}  // namespace parley::faults
