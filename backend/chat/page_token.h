// Page tokens of GetMessages: opaque outside, a cursor inside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace parley::backend {

// Where the next page of a room ends: before the message at this offset.
struct PageCursor {
  std::int64_t before_offset = 0;  // at least 1
};

// base64url (RFC 4648, section 5) of a version, the cursor, and a checksum over both and the room's name. The checksum
// catches damage and mix-ups; it is no secret, because whoever may read a room may read all of it.
std::string make_page_token(std::string_view room, PageCursor cursor);

// INVALID_ARGUMENT (PAGE_TOKEN_INVALID) for a damaged token, one of another room, or one of another version.
absl::StatusOr<PageCursor> read_page_token(std::string_view room, std::string_view token);

}  // namespace parley::backend
