#include "gateway/wire/frame.h"

#include <utility>

namespace parley::gateway {
namespace {

constexpr std::size_t kShortLengthMax = 125;
constexpr std::size_t kMediumLengthMax = 0xFFFF;
constexpr char kMediumLengthMark = 126;
constexpr char kLongLengthMark = 127;

}  // namespace

Frame make_frame(Opcode opcode, std::string_view payload) {
  constexpr unsigned kFinal = 0x80;
  std::string bytes;
  bytes.reserve(payload.size() + 10);
  bytes.push_back(static_cast<char>(kFinal | static_cast<unsigned>(opcode)));
  int length_bytes = 0;
  if (payload.size() <= kShortLengthMax) {
    bytes.push_back(static_cast<char>(payload.size()));
  } else if (payload.size() <= kMediumLengthMax) {
    bytes.push_back(kMediumLengthMark);
    length_bytes = 2;
  } else {
    bytes.push_back(kLongLengthMark);
    length_bytes = 8;
  }
  for (int index = length_bytes - 1; index >= 0; --index) {
    bytes.push_back(static_cast<char>((payload.size() >> (8 * index)) & 0xFF));
  }
  bytes.append(payload);
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace parley::gateway
