// Are requests within the limits that the API states? Errors are INVALID_ARGUMENT with the reasons of ChatService.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "chat/v1/chat_service.pb.h"

namespace parley::backend {

namespace pb = chat::v1;

inline constexpr int kPageSizeMax = 500;
inline constexpr int kPageSizeDefault = 100;
inline constexpr int kSubscribeRoomsMax = 100;

// GATEWAY_ID_INVALID.
absl::Status check_gateway_id(std::string_view gateway_id);
// POSITION_INVALID.
absl::Status check_position(const pb::StreamPosition& position);
absl::Status check_room_position(const pb::RoomPosition& room);

absl::Status check(const pb::ConnectRequest& request);
absl::Status check(const pb::DisconnectRequest& request);
absl::Status check(const pb::SetNameRequest& request);
absl::Status check(const pb::GetMessagesRequest& request);
absl::Status check(const pb::SendMessageRequest& request);
absl::Status check(const pb::ResumeRequest& request);
absl::Status check(const pb::SubscribeRequest& request);

// A name as it is kept: see plain_name(), and in Unicode's normalization form C. What is no UTF-8 stays, for check() to
// refuse.
std::string kept_name(std::string_view name);

// The page size that is meant: 0 is the default.
int page_size_or_default(int page_size);

}  // namespace parley::backend
