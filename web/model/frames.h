// The frames of the subprotocol chat.v1.proto: one binary message each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/v1/frame.pb.h"
#include "web/model/stream_tracker.h"
#include "web/model/timeline.h"

namespace parley::web {

// Messages of a reset and of a page of history.
inline constexpr int kResetMessages = 100;
inline constexpr int kPageMessages = 200;

std::string subscribe_frame(std::string_view request_id, std::string_view room,
                            const std::optional<Position>& position);
std::string get_messages_frame(std::string_view request_id, std::string_view room, std::string_view page_token);
std::string send_message_frame(std::string_view request_id, std::string_view room, std::string_view body,
                               std::int64_t time_ms);
std::string set_name_frame(std::string_view request_id, std::string_view name);
// Does nothing, but is answered: leaves a room that this connection is not subscribed to.
std::string probe_frame(std::string_view request_id, std::string_view room);

// Nothing when `bytes` are no frame. A frame of a kind that this page does not know has no case set.
std::optional<chat::v1::ServerFrame> parse_frame(std::string_view bytes);

StoredMessage stored_message(const chat::v1::Message& message);
std::vector<StoredMessage> stored_messages(const google::protobuf::RepeatedPtrField<chat::v1::Message>& messages);
Position stream_position(const chat::v1::StreamPosition& position);

}  // namespace parley::web
