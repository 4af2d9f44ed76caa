// Errors with a reason: an absl::Status that carries the upper-snake reason of google.rpc.ErrorInfo.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace parley {

// ErrorInfo.domain of all errors.
inline constexpr std::string_view kErrorDomain = "chat.parley";

// `code` is not OK; `reason` is upper-snake and listed in proto/chat/v1/chat_service.proto; `message` is for a
// developer.
absl::Status make_error(absl::StatusCode code, std::string_view reason, std::string_view message);

// OVERLOADED (UNAVAILABLE, to be tried again) because a limit of the whole program is reached: `limit` is the setting.
absl::Status make_overloaded(std::string_view limit, std::string_view message);
// RESOURCE_EXHAUSTED with `reason` because one client is beyond `limit`, which is the setting.
absl::Status make_client_limited(std::string_view reason, std::string_view limit, std::string_view message);
// The setting of either; empty for any other error. Valid while `status` lives.
std::string_view limit_setting(const absl::Status& status);

// The reason given to make_error; the canonical code's name for any other error. Valid while `status` lives.
std::string_view error_reason(const absl::Status& status);

// The canonical code's name, for example INVALID_ARGUMENT.
std::string_view error_code_name(absl::StatusCode code);
// The code of that name; UNKNOWN for any other text.
absl::StatusCode find_error_code(std::string_view name);

// True for UNAVAILABLE, RESOURCE_EXHAUSTED (but for TOO_MANY_ROOMS), ABORTED and DEADLINE_EXCEEDED.
bool is_retryable(const absl::Status& status);

}  // namespace parley
