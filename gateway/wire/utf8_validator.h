// UTF-8 (RFC 3629) that is checked as it arrives.
#pragma once

#include <cstdint>
#include <string_view>

namespace parley::gateway {

// A text may be cut anywhere, also within a character.
class Utf8Validator {
 public:
  // False as soon as no continuation could make the text valid; from then on the validator is of no use.
  bool take(std::string_view bytes);
  // What was taken ends with a whole character.
  bool is_complete() const { return expected_ == 0; }

 private:
  int expected_ = 0;              // continuation bytes that are still to come
  std::uint8_t least_ = 0x80;     // of the next one
  std::uint8_t greatest_ = 0xBF;  // of the next one
};

}  // namespace parley::gateway
