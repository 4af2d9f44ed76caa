// WebSocket frames from a client. What is read does not depend on how the bytes are cut, and keeps FrameReader's
// promises.
#include "gateway/wire/frame_reader.h"

#include <string>
#include <vector>

#include "common/text_rules.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

using gateway::CloseCode;
using gateway::FrameReader;
using gateway::Opcode;
using gateway::Received;

struct Item {
  Received::Kind kind;
  Opcode opcode;
  CloseCode code;
  std::string payload;

  bool operator==(const Item&) const = default;
};

void check(const Item& item, std::size_t message_bytes_max) {
  constexpr std::size_t kControlBytesMax = 125;
  switch (item.kind) {
    case Received::Kind::kNothing: return;
    case Received::Kind::kMessage:
      expect(item.payload.size() <= message_bytes_max, "messages keep to their limit");
      expect(item.opcode == Opcode::kBinary || count_code_points(item.payload) != std::string_view::npos,
             "text is valid UTF-8");
      return;
    case Received::Kind::kPing:
    case Received::Kind::kPong: return expect(item.payload.size() <= kControlBytesMax, "control frames are short");
    case Received::Kind::kClose:
      return expect(item.code == CloseCode::kNone || gateway::may_be_received(static_cast<std::uint16_t>(item.code)),
                    "close codes are those that may be sent");
    case Received::Kind::kError: return expect(item.code != CloseCode::kNone, "an error has a code");
  }
}

std::vector<Item> read(std::string_view bytes, std::size_t step, std::size_t message_bytes_max) {
  FrameReader reader(message_bytes_max);
  std::vector<Item> items;
  while (!bytes.empty()) {
    std::string part(bytes.substr(0, step));
    bytes.remove_prefix(part.size());
    std::span<char> left(part);
    while (!left.empty()) {
      const Received received = reader.next(left);
      if (received.kind == Received::Kind::kNothing) {
        expect(left.empty(), "nothing is read only where nothing is left");
        continue;
      }
      items.push_back({received.kind, received.opcode, received.code, std::string(received.payload)});
      check(items.back(), message_bytes_max);
      if (received.kind == Received::Kind::kClose || received.kind == Received::Kind::kError) return items;
    }
  }
  return items;
}

}  // namespace

void fuzz(std::string_view bytes) {
  Input input(bytes);
  const std::size_t message_bytes_max = input.number();
  const std::size_t step = input.byte() + 1UL;
  const std::string_view stream = input.rest();
  const std::vector<Item> whole = read(stream, stream.size(), message_bytes_max);
  expect(read(stream, 1, message_bytes_max) == whole, "byte by byte the outcome is the same");
  expect(read(stream, step, message_bytes_max) == whole, "in other steps the outcome is the same");
}

}  // namespace parley::fuzz
