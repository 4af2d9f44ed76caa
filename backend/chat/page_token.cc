#include "backend/chat/page_token.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kTokenBytes = 1 + 2 * kNumberBytes;

void append_number(std::string& bytes, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((number >> shift) & 0xFF));
}

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (std::size_t index = 0; index < kNumberBytes; ++index) {
    number = (number << 8) | static_cast<std::uint8_t>(bytes[index]);
  }
  bytes.remove_prefix(kNumberBytes);
  return number;
}

// FNV-1a, 64 bits.
std::uint64_t checksum(std::string_view head, std::string_view room) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::string_view text) {
    for (const char character : text) hash = (hash ^ static_cast<std::uint8_t>(character)) * 0x100000001b3;
  };
  add(head);
  add(room);
  return hash;
}

absl::Status invalid() {
  return make_error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID",
                    "page_token is not a previous_page_token of this room");
}

std::string encode(std::string_view room, PageCursor cursor) {
  std::string bytes(1, kVersion);
  append_number(bytes, static_cast<std::uint64_t>(cursor.before_offset));
  append_number(bytes, checksum(bytes, room));
  return absl::WebSafeBase64Escape(bytes);
}

}  // namespace

std::string make_page_token(std::string_view room, PageCursor cursor) { return encode(room, cursor); }

absl::StatusOr<PageCursor> read_page_token(std::string_view room, std::string_view token) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(to_absl(token), &bytes) || bytes.size() != kTokenBytes || bytes[0] != kVersion) {
    return invalid();
  }
  std::string_view rest = std::string_view(bytes).substr(1);
  const auto offset = static_cast<std::int64_t>(take_number(rest));
  const PageCursor cursor{.before_offset = offset};
  // Encoding it again checks the checksum and refuses other spellings of the same bytes.
  if (offset < 1 || encode(room, cursor) != token) return invalid();
  return cursor;
}

}  // namespace parley::backend
