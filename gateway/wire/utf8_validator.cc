#include "gateway/wire/utf8_validator.h"

#include <cstring>

namespace parley::gateway {
namespace {

constexpr std::uint8_t kContinuationLeast = 0x80;
constexpr std::uint8_t kContinuationGreatest = 0xBF;

// How many of the first bytes are ASCII, in steps of eight.
std::size_t ascii_prefix(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t count = 0;
  while (count + sizeof(std::uint64_t) <= bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + count, sizeof(word));
    if ((word & kHighBits) != 0) break;
    count += sizeof(word);
  }
  return count;
}

}  // namespace

// The ranges of the second byte leave out overlong forms, surrogates and what lies beyond U+10FFFF: RFC 3629,
// section 4.
bool Utf8Validator::take(std::string_view bytes) {
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    if (expected_ == 0) {
      index += ascii_prefix(bytes.substr(index));
      if (index == bytes.size()) break;
    }
    const auto byte = static_cast<std::uint8_t>(bytes[index]);
    if (expected_ > 0) {
      if (byte < least_ || byte > greatest_) return false;
      --expected_;
      least_ = kContinuationLeast;
      greatest_ = kContinuationGreatest;
    } else if (byte >= 0xC2 && byte <= 0xDF) {
      expected_ = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
      expected_ = 2;
      if (byte == 0xE0) least_ = 0xA0;
      if (byte == 0xED) greatest_ = 0x9F;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
      expected_ = 3;
      if (byte == 0xF0) least_ = 0x90;
      if (byte == 0xF4) greatest_ = 0x8F;
    } else if (byte >= 0x80) {
      return false;
    }
  }
  return true;
}

}  // namespace parley::gateway
