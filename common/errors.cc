#include "common/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "common/absl_view.h"

namespace parley {
namespace {

constexpr std::string_view kReasonPayload = "chat.parley/reason";
constexpr std::string_view kLimitPayload = "chat.parley/limit";

// A payload is short, so its cord is one flat piece that the status itself holds.
std::string_view payload_of(const absl::Status& status, std::string_view url) {
  std::string_view found;
  status.ForEachPayload([&](absl::string_view one, const absl::Cord& payload) {
    if (to_std(one) == url) found = to_std(payload.TryFlat().value_or(absl::string_view()));
  });
  return found;
}

absl::Status with_limit(absl::Status status, std::string_view limit) {
  status.SetPayload(to_absl(kLimitPayload), absl::Cord(to_absl(limit)));
  return status;
}

}  // namespace

absl::Status make_error(absl::StatusCode code, std::string_view reason, std::string_view message) {
  absl::Status status(code, to_absl(message));
  status.SetPayload(to_absl(kReasonPayload), absl::Cord(to_absl(reason)));
  return status;
}

absl::Status make_overloaded(std::string_view limit, std::string_view message) {
  return with_limit(make_error(absl::StatusCode::kUnavailable, "OVERLOADED", message), limit);
}

absl::Status make_client_limited(std::string_view reason, std::string_view limit, std::string_view message) {
  return with_limit(make_error(absl::StatusCode::kResourceExhausted, reason, message), limit);
}

std::string_view limit_setting(const absl::Status& status) { return payload_of(status, kLimitPayload); }

std::string_view error_reason(const absl::Status& status) {
  const std::string_view reason = payload_of(status, kReasonPayload);
  return reason.empty() ? error_code_name(status.code()) : reason;
}

std::string_view error_code_name(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk: return "OK";
    case absl::StatusCode::kCancelled: return "CANCELLED";
    case absl::StatusCode::kInvalidArgument: return "INVALID_ARGUMENT";
    case absl::StatusCode::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    case absl::StatusCode::kNotFound: return "NOT_FOUND";
    case absl::StatusCode::kAlreadyExists: return "ALREADY_EXISTS";
    case absl::StatusCode::kPermissionDenied: return "PERMISSION_DENIED";
    case absl::StatusCode::kResourceExhausted: return "RESOURCE_EXHAUSTED";
    case absl::StatusCode::kFailedPrecondition: return "FAILED_PRECONDITION";
    case absl::StatusCode::kAborted: return "ABORTED";
    case absl::StatusCode::kOutOfRange: return "OUT_OF_RANGE";
    case absl::StatusCode::kUnimplemented: return "UNIMPLEMENTED";
    case absl::StatusCode::kInternal: return "INTERNAL";
    case absl::StatusCode::kUnavailable: return "UNAVAILABLE";
    case absl::StatusCode::kDataLoss: return "DATA_LOSS";
    case absl::StatusCode::kUnauthenticated: return "UNAUTHENTICATED";
    default: return "UNKNOWN";
  }
}

absl::StatusCode find_error_code(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++number) {
    const auto code = static_cast<absl::StatusCode>(number);
    if (error_code_name(code) == name) return code;
  }
  return absl::StatusCode::kUnknown;
}

bool is_retryable(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kDeadlineExceeded: return true;
    case absl::StatusCode::kResourceExhausted: return error_reason(status) != "TOO_MANY_ROOMS";
    default: return false;
  }
}

}  // namespace parley
