// WebSocket frames (RFC 6455, section 5.2) as a client sends and gets them, without a library: the load generator must
// cost less than what it loads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley::bench {

enum class Opcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xA
};

// Masked with a key of zeros, which leaves the payload as it is; a server unmasks it as any other.
std::string client_frame(Opcode opcode, std::string_view payload);
// As a server sends it.
std::string server_frame(Opcode opcode, std::string_view payload);

struct Frame {
  Opcode opcode = Opcode::kContinuation;
  bool is_final = false;
  bool is_masked = false;
  std::string_view payload;  // as it came, masked or not
};

// Takes the whole frame at the beginning of `input` off it, which the payload points into. False when it is not whole.
inline bool take_frame(std::string_view& input, Frame& frame) {
  const auto byte = [input](std::size_t index) { return static_cast<std::uint8_t>(input[index]); };
  if (input.size() < 2) return false;
  std::uint64_t length = byte(1) & 0x7FU;
  std::size_t head = 2;
  if (length >= 126) {
    const std::size_t length_bytes = length == 126 ? 2 : 8;
    head += length_bytes;
    if (input.size() < head) return false;
    length = 0;
    for (std::size_t index = 2; index < head; ++index) length = length << 8U | byte(index);
  }
  frame.is_masked = (byte(1) & 0x80U) != 0;
  if (frame.is_masked) head += 4;
  if (input.size() < head || input.size() - head < length) return false;
  frame.opcode = static_cast<Opcode>(byte(0) & 0x0FU);
  frame.is_final = (byte(0) & 0x80U) != 0;
  frame.payload = input.substr(head, length);
  input.remove_prefix(head + length);
  return true;
}

}  // namespace parley::bench
