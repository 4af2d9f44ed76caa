#include "gateway/wire/tutorial_format.h"

#include <algorithm>
#include <cmath>

#include <boost/json/value.hpp>

#include "common/errors.h"
#include "gateway/wire/json_text.h"

namespace parley::gateway {
namespace {

namespace json = boost::json;

absl::Status refusal(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, reason, message);
}

std::string server_time_ms(const pb::Message& message) {
  constexpr std::int64_t kSecondsMost = 253'402'300'799;  // the end of the year 9999, and of protobuf's times
  const auto& time = message.create_time();
  const std::int64_t seconds = std::clamp<std::int64_t>(time.seconds(), -kSecondsMost, kSecondsMost);
  return std::to_string(seconds * 1000 + time.nanos() / 1'000'000);
}

// A string or a number as it was written; empty (the server's time) for anything else.
std::string client_time(const json::object& object) {
  const json::value* time = object.if_contains("time");
  if (time == nullptr) return {};
  if (time->is_string()) return {time->as_string().data(), time->as_string().size()};
  if (time->is_int64()) return std::to_string(time->as_int64());
  if (time->is_uint64()) return std::to_string(time->as_uint64());
  // Not a number: what Boost makes of -0e999999.
  if (!time->is_double() || std::isnan(time->as_double())) return {};
  return std::to_string(static_cast<std::int64_t>(std::clamp(time->as_double(), -9e15, 9e15)));
}

std::string encode_message(const pb::Message& message, std::string_view time) {
  return "{\"id\":" + json_quoted(std::to_string(message.offset())) + ",\"message\":" + json_quoted(message.body()) +
         ",\"time\":" + json_quoted(time) + "}";
}

// Histories promise milliseconds: a time that another kind of client wrote in another way gives place to the server's.
std::string history_time(const pb::Message& message) {
  const std::string& time = message.client_time();
  const bool digits =
      !time.empty() && std::all_of(time.begin(), time.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? time : server_time_ms(message);
}

std::string encode_history(const pb::GetMessagesResponse& page) {
  std::string text = "{\"messageType\":\"all_messages\",\"data\":[";
  for (const pb::Message& message : page.messages()) {
    if (text.back() != '[') text.push_back(',');
    text += encode_message(message, history_time(message));
  }
  return text + "]}";
}

}  // namespace

DecodedCommand TutorialFormat::decode(std::string_view payload) const {
  DecodedCommand decoded;
  const std::optional<json::object> object = parse_json_object(payload);
  if (!object) {
    decoded.status = refusal("FRAME_INVALID", "the message is not a JSON object");
    return decoded;
  }
  const json::value* action = object->if_contains("action");
  if (action != nullptr && *action == "get_messages") {
    decoded.frame.mutable_get_messages();
    return decoded;
  }
  if (action == nullptr || *action != "send_message") {
    decoded.status = refusal("UNKNOWN_ACTION", "`action` is not a known action");
    return decoded;
  }
  const json::value* message = object->if_contains("message");
  if (message == nullptr || !message->is_string()) {
    decoded.status = refusal("BODY_EMPTY", "`message` must be a string");
    return decoded;
  }
  pb::SendMessageCommand* command = decoded.frame.mutable_send_message();
  command->set_body(std::string(message->as_string().data(), message->as_string().size()));
  command->set_client_time(client_time(*object));
  return decoded;
}

std::optional<std::string> TutorialFormat::encode_reply(const pb::Reply& reply, std::string_view connection_id) const {
  if (reply.has_get_messages()) return encode_history(reply.get_messages());
  if (!reply.has_error()) return std::nullopt;
  const std::string& reason = reply.error().reason();
  const bool unknown_route = reason == "UNKNOWN_ACTION" || reason == "FRAME_INVALID";
  const std::string_view words = unknown_route ? "Forbidden" : "Internal server error";
  return "{\"message\": " + json_quoted(words) + ", \"connectionId\":" + json_quoted(connection_id) +
         ", \"requestId\":" + json_quoted(reply.request_id()) + "}";
}

std::optional<std::string> TutorialFormat::encode_push(const pb::Push& push) const {
  if (!push.has_event() || !push.event().has_message()) return std::nullopt;
  const pb::Message& message = push.event().message();
  return encode_message(message, message.client_time().empty() ? server_time_ms(message) : message.client_time());
}

}  // namespace parley::gateway
