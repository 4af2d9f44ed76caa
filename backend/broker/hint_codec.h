// Hints as the payload of a notification.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "backend/chat/broker.h"

namespace parley::backend {

// PostgreSQL refuses payloads of 8,000 bytes and more.
inline constexpr std::size_t kPayloadBytesMax = 7'900;

// A payload is lines: `1 SENDER`, then a hint a line:
//   e EVENT              a change, as base64 of its protobuf encoding
//   c ROOM OFFSET EPOCH  a change that is too large to travel along
//   p ROOM               presence
// Unknown lines are skipped, so that versions can run side by side.

// Without the line's end. Shorter than half a payload.
std::string encode_hint(const Hint& hint);

// As few payloads as hold `lines`.
std::vector<std::string> pack_hints(std::string_view sender, const std::vector<std::string>& lines);

struct DecodedHints {
  std::string sender;
  std::vector<Hint> hints;
};

// Damaged lines are skipped. Those of `own_sender`, which come back to it, are not even read.
DecodedHints decode_hints(std::string_view payload, std::string_view own_sender = {});

}  // namespace parley::backend
