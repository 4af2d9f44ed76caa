// WebSocket frames as they come from a client: RFC 6455, section 5. Bytes in, messages and control frames out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/wire/close_code.h"
#include "gateway/wire/frame.h"
#include "gateway/wire/utf8_validator.h"

namespace parley::gateway {

// What a client sent. `payload` lives until the next call of the reader, or until the bytes that were read go.
struct Received {
  enum class Kind {
    kNothing,  // all bytes are taken, and more are needed
    kMessage,  // a whole one, of `opcode` kText or kBinary; text is valid UTF-8
    kPing,
    kPong,
    kClose,  // `code` is what the peer gave, or kNone; nothing that follows counts
    kError,  // `code` says what to close with; the reader is of no use any more
  };
  Kind kind = Kind::kNothing;
  Opcode opcode = Opcode::kText;
  CloseCode code = CloseCode::kNone;
  std::string_view payload;
};

// Keeps the rules: masks are required, reserved bits and opcodes refused, control frames short and whole, fragments in
// order, text checked as it arrives, and sizes judged by the frame's head, before anything is stored. A message that
// came in one piece is handed out where it lies; only parts are copied. On one thread.
class FrameReader {
 public:
  // `message_bytes_max`: of a whole message; a longer one is kMessageTooBig.
  explicit FrameReader(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  // Takes bytes from the front of `bytes`, which it unmasks in place, up to the end of the next item.
  Received next(std::span<char>& bytes);
  // Frames that have begun since it was last asked: those of a message in parts, and control frames, too.
  std::size_t take_frame_count() { return std::exchange(frames_, 0); }
  // A frame or a message has begun, and is not whole.
  bool is_amid() const { return head_size_ > 0 || in_message_; }

 private:
  static constexpr std::size_t kHeadBytesMax = 14;

  // Whether the head is whole. Judges each part of it as soon as it is there: `problem`.
  bool take_head(std::span<char>& bytes, CloseCode& problem);
  std::size_t head_bytes_needed() const;
  CloseCode check_flags();
  CloseCode check_length();
  Received take_payload(std::span<char>& bytes);
  Received end_of_frame(std::string_view payload);
  void unmask(std::span<char> payload);
  bool is_control() const { return (opcode_ & 0x8) != 0; }

  const std::size_t message_bytes_max_;
  std::array<std::uint8_t, kHeadBytesMax> head_{};
  std::uint8_t head_size_ = 0;
  std::uint8_t opcode_ = 0;
  std::uint8_t mask_at_ = 0;  // which byte of the mask is next
  bool head_done_ = false;
  bool is_final_ = false;
  bool in_message_ = false;  // fragments are still to come
  Opcode message_opcode_ = Opcode::kText;
  Utf8Validator text_;
  std::uint64_t payload_left_ = 0;
  std::size_t frames_ = 0;
  std::string control_;  // the part of a control frame that came so far, when it was cut
  std::string message_;  // the same of a message
};

}  // namespace parley::gateway
