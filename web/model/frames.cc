#include "web/model/frames.h"

#include <algorithm>
#include <utility>

namespace parley::web {
namespace pb = chat::v1;
namespace {

pb::ClientFrame client_frame(std::string_view request_id) {
  pb::ClientFrame frame;
  frame.set_request_id(std::string(request_id));
  return frame;
}

}  // namespace

std::string subscribe_frame(std::string_view request_id, std::string_view room,
                            const std::optional<Position>& position) {
  pb::ClientFrame frame = client_frame(request_id);
  pb::SubscribeCommand& command = *frame.mutable_subscribe();
  command.set_room(std::string(room));
  command.set_page_size(kResetMessages);
  if (position) {
    command.mutable_position()->set_epoch(position->epoch);
    command.mutable_position()->set_offset(position->offset);
  }
  return frame.SerializeAsString();
}

std::string get_messages_frame(std::string_view request_id, std::string_view room, std::string_view page_token) {
  pb::ClientFrame frame = client_frame(request_id);
  pb::GetMessagesCommand& command = *frame.mutable_get_messages();
  command.set_room(std::string(room));
  command.set_page_size(kPageMessages);
  command.set_page_token(std::string(page_token));
  return frame.SerializeAsString();
}

std::string send_message_frame(std::string_view request_id, std::string_view room, std::string_view body,
                               std::int64_t time_ms) {
  pb::ClientFrame frame = client_frame(request_id);
  pb::SendMessageCommand& command = *frame.mutable_send_message();
  command.set_room(std::string(room));
  command.set_body(std::string(body));
  command.set_client_time(std::to_string(time_ms));
  return frame.SerializeAsString();
}

std::string set_name_frame(std::string_view request_id, std::string_view name) {
  pb::ClientFrame frame = client_frame(request_id);
  frame.mutable_set_name()->set_name(std::string(name));
  return frame.SerializeAsString();
}

std::string probe_frame(std::string_view request_id, std::string_view room) {
  pb::ClientFrame frame = client_frame(request_id);
  frame.mutable_unsubscribe()->set_room(room == "0" ? "1" : "0");
  return frame.SerializeAsString();
}

std::optional<pb::ServerFrame> parse_frame(std::string_view bytes) {
  pb::ServerFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return frame;
}

StoredMessage stored_message(const pb::Message& message) {
  constexpr std::int64_t kSecondsMost = 253'402'300'799;  // the end of the year 9999, and of protobuf's times
  constexpr std::int64_t kMsPerSecond = 1'000;
  constexpr std::int64_t kNsPerMs = 1'000'000;
  StoredMessage stored;
  stored.offset = message.offset();
  stored.change_offset = message.change_offset();
  stored.author_id = message.author().author_id();
  stored.author_name = message.author().name();
  stored.request_id = message.request_id();
  stored.body = message.body();
  const std::int64_t seconds = std::clamp(message.create_time().seconds(), -kSecondsMost, kSecondsMost);
  stored.time_ms = seconds * kMsPerSecond + message.create_time().nanos() / kNsPerMs;
  return stored;
}

std::vector<StoredMessage> stored_messages(const google::protobuf::RepeatedPtrField<pb::Message>& messages) {
  std::vector<StoredMessage> stored;
  stored.reserve(static_cast<std::size_t>(messages.size()));
  for (const pb::Message& message : messages) stored.push_back(stored_message(message));
  return stored;
}

Position stream_position(const pb::StreamPosition& position) { return {position.epoch(), position.offset()}; }

}  // namespace parley::web
