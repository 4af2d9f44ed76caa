// Page tokens as clients hand them back: a line with the room, then the token.
#include "backend/chat/page_token.h"

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  Input input(bytes);
  const std::string_view room = input.line();
  const std::string_view token = input.rest();
  if (const auto cursor = backend::read_page_token(room, token); cursor.ok()) {
    expect(cursor->before_offset >= 1, "a cursor is before a message");
    expect(backend::make_page_token(room, *cursor) == token, "a token has one spelling");
  }
  std::int64_t offset = 1;
  for (const char character : token.substr(0, 7)) offset = offset << 8 | static_cast<std::uint8_t>(character);
  const std::string made = backend::make_page_token(room, {.before_offset = offset});
  const auto read = backend::read_page_token(room, made);
  expect(read.ok() && read->before_offset == offset, "a token that was made can be read");
  expect(!backend::read_page_token(std::string(room) + "x", made).ok(), "but not in another room");
  expect(!backend::read_page_token(room, made + "=").ok(), "nor with something behind it");
}

}  // namespace parley::fuzz
