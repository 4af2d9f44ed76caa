#include "common/text_errors.h"

#include "common/errors.h"
#include "common/text_rules.h"

namespace parley {
namespace {

absl::Status invalid(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status unless_right(TextProblem problem, std::string_view reason, std::string_view message) {
  return problem == TextProblem::kNone ? absl::OkStatus() : invalid(reason, message);
}

}  // namespace

absl::Status validate_room(std::string_view room) {
  return unless_right(check_room_name(room), "ROOM_NAME_INVALID",
                      "room must be 1 to 64 of a-z 0-9 _ -, beginning with a letter or digit");
}

absl::Status validate_author_id(std::string_view author_id) {
  return unless_right(check_identifier(author_id), "AUTHOR_INVALID", "author_id must be 1 to 64 of A-Z a-z 0-9 _ -");
}

absl::Status validate_author_name(std::string_view name) {
  return unless_right(check_author_name(name), "AUTHOR_INVALID",
                      "name must be 1 to 40 characters without control characters or white space at its ends");
}

absl::Status validate_body(std::string_view body) {
  switch (check_body(body)) {
    case TextProblem::kNone: return absl::OkStatus();
    case TextProblem::kEmpty: return invalid("BODY_EMPTY", "the body is empty or only white space");
    case TextProblem::kTooLong: return invalid("BODY_TOO_LONG", "the body is longer than 4,000 characters");
    case TextProblem::kInvalid: return invalid("TEXT_INVALID", "the body is not UTF-8 or contains NUL");
  }
  return invalid("TEXT_INVALID", "the body is not valid");
}

absl::Status validate_request_id(std::string_view request_id) {
  return unless_right(check_identifier(request_id), "REQUEST_ID_INVALID",
                      "request_id must be 1 to 64 of A-Z a-z 0-9 _ -");
}

absl::Status validate_client_time(std::string_view time) {
  return unless_right(check_client_time(time), "CLIENT_TIME_INVALID",
                      "client_time must be at most 64 bytes without control characters");
}

}  // namespace parley
