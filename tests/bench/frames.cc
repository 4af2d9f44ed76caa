#include "tests/bench/frames.h"

namespace parley::bench {
namespace {

constexpr std::size_t kShortLengthMax = 125;
constexpr std::size_t kMediumLengthMax = 0xFFFF;

std::string frame_head(Opcode opcode, std::size_t length, unsigned mask_bit) {
  std::string head(1, static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
  const bool is_short = length <= kShortLengthMax;
  const bool is_medium = length <= kMediumLengthMax;
  head.push_back(static_cast<char>(mask_bit | (is_short ? length : is_medium ? 126U : 127U)));
  for (int index = is_short ? -1 : is_medium ? 1 : 7; index >= 0; --index) {
    head.push_back(static_cast<char>(length >> (8U * static_cast<unsigned>(index)) & 0xFFU));
  }
  return head;
}

}  // namespace

std::string client_frame(Opcode opcode, std::string_view payload) {
  return frame_head(opcode, payload.size(), 0x80U).append(4, '\0').append(payload);
}

std::string server_frame(Opcode opcode, std::string_view payload) {
  return frame_head(opcode, payload.size(), 0).append(payload);
}

}  // namespace parley::bench
