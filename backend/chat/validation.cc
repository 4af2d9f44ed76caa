#include "backend/chat/validation.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>

#include "common/errors.h"
#include "common/text_errors.h"
#include "common/text_rules.h"

namespace parley::backend {
namespace {

// Printable ASCII without two blanks together: most names are, and each message's is looked at.
bool is_plain(std::string_view name) {
  const bool is_printable =
      std::all_of(name.begin(), name.end(), [](char character) { return character >= ' ' && character <= '~'; });
  return is_printable && name.find("  ") == std::string_view::npos;
}

absl::Status invalid(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status check_connection_id(std::string_view connection_id) {
  if (check_identifier(connection_id) == TextProblem::kNone) return absl::OkStatus();
  return invalid("CONNECTION_ID_INVALID", "connection_id must be 1 to 64 of [A-Za-z0-9_-]");
}

absl::Status check_page_size(int page_size) {
  if (page_size >= 0 && page_size <= kPageSizeMax) return absl::OkStatus();
  return invalid("PAGE_SIZE_INVALID", "page_size must be 1 to 500, or 0 for 100");
}

// The first that is not OK.
template <typename... Checks>
absl::Status first_error(const Checks&... checks) {
  absl::Status found;
  (void)((checks.ok() ? false : (found = checks, true)) || ...);
  return found;
}

}  // namespace

absl::Status check_gateway_id(std::string_view gateway_id) {
  if (check_identifier(gateway_id) == TextProblem::kNone) return absl::OkStatus();
  return invalid("GATEWAY_ID_INVALID", "gateway_id must be 1 to 64 of [A-Za-z0-9_-]");
}

absl::Status check_position(const pb::StreamPosition& position) {
  const std::string& epoch = position.epoch();
  const bool is_text = count_code_points(epoch) != std::string::npos && epoch.find('\0') == std::string::npos;
  if (!epoch.empty() && epoch.size() <= kIdentifierBytesMax && is_text && position.offset() >= 0) {
    return absl::OkStatus();
  }
  return invalid("POSITION_INVALID", "a position has an epoch of 1 to 64 bytes and an offset of at least 0");
}

absl::Status check_room_position(const pb::RoomPosition& room) {
  if (absl::Status checked = validate_room(room.room()); !checked.ok()) return checked;
  return room.has_position() ? check_position(room.position()) : absl::OkStatus();
}

absl::Status check(const pb::ConnectRequest& request) {
  const pb::Author& author = request.author();
  return first_error(check_connection_id(request.connection_id()), check_gateway_id(request.gateway_id()),
                     validate_room(request.room()),
                     author.author_id().empty() ? absl::OkStatus() : validate_author_id(author.author_id()),
                     author.name().empty() ? absl::OkStatus() : validate_author_name(author.name()));
}

absl::Status check(const pb::DisconnectRequest& request) {
  return first_error(check_connection_id(request.connection_id()), validate_room(request.room()),
                     request.gateway_id().empty() ? absl::OkStatus() : check_gateway_id(request.gateway_id()));
}

absl::Status check(const pb::SetNameRequest& request) {
  return first_error(check_connection_id(request.connection_id()), validate_room(request.room()),
                     validate_author_name(request.name()));
}

absl::Status check(const pb::GetMessagesRequest& request) {
  return first_error(validate_room(request.room()), check_page_size(request.page_size()));
}

absl::Status check(const pb::SendMessageRequest& request) {
  const pb::Author& author = request.author();
  return first_error(validate_room(request.room()), validate_author_id(author.author_id()),
                     validate_author_name(author.name()), validate_body(request.body()),
                     validate_request_id(request.request_id()), validate_client_time(request.client_time()));
}

absl::Status check(const pb::ResumeRequest& request) {
  return first_error(validate_room(request.room()), check_page_size(request.page_size()),
                     request.has_position() ? check_position(request.position()) : absl::OkStatus());
}

absl::Status check(const pb::SubscribeRequest& request) {
  if (request.rooms_size() < 1 || request.rooms_size() > kSubscribeRoomsMax) {
    return invalid("TOO_MANY_ROOMS", "subscribe to 1 to 100 rooms");
  }
  std::set<std::string> names;
  for (const pb::RoomPosition& room : request.rooms()) {
    if (absl::Status checked = check_room_position(room); !checked.ok()) return checked;
    if (!names.insert(room.room()).second) return invalid("ROOM_NAME_INVALID", "a room is named twice");
  }
  return absl::OkStatus();
}

std::string kept_name(std::string_view name) {
  if (is_plain(name)) return std::string(name);
  const bool is_ascii = std::all_of(name.begin(), name.end(),
                                    [](char character) { return static_cast<unsigned char>(character) < 0x80; });
  std::string plain = plain_name(name);
  if (is_ascii || name.size() > kAuthorNameBytesMax) return plain;
  struct Free {
    void operator()(utf8proc_uint8_t* text) const { std::free(text); }  // NOLINT(*-no-malloc): utf8proc allocates so
  };
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(plain.data()), static_cast<utf8proc_ssize_t>(plain.size()),
                   &composed, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(composed);
  if (size < 0) return plain;
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size)};
}

int page_size_or_default(int page_size) { return page_size == 0 ? kPageSizeDefault : page_size; }

}  // namespace parley::backend
