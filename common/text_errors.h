// What text_rules.h finds wrong, as clients are told of it by both servers: INVALID_ARGUMENT with the reasons of
// ChatService and a sentence for a developer. OK for a text that may be.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace parley {

absl::Status validate_room(std::string_view room);              // ROOM_NAME_INVALID
absl::Status validate_author_id(std::string_view author_id);    // AUTHOR_INVALID
absl::Status validate_author_name(std::string_view name);       // AUTHOR_INVALID
absl::Status validate_body(std::string_view body);              // BODY_EMPTY, BODY_TOO_LONG, TEXT_INVALID
absl::Status validate_request_id(std::string_view request_id);  // REQUEST_ID_INVALID
absl::Status validate_client_time(std::string_view time);       // CLIENT_TIME_INVALID

}  // namespace parley
