#include "gateway/wire/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace parley::gateway {
namespace {

constexpr std::size_t kMaskBytes = 4;
constexpr std::uint8_t kFinalBit = 0x80;
constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::uint8_t kOpcodeBits = 0x0F;
constexpr std::uint8_t kMaskBit = 0x80;
constexpr std::uint8_t kLengthBits = 0x7F;
constexpr std::uint8_t kTwoByteLength = 126;
constexpr std::uint8_t kEightByteLength = 127;
constexpr std::uint8_t kContinuation = 0;
constexpr std::size_t kControlBytesMax = 125;

Received received(Received::Kind kind, CloseCode code, std::string_view payload = {}) {
  return {.kind = kind, .opcode = Opcode::kText, .code = code, .payload = payload};
}

Received error(CloseCode code) { return received(Received::Kind::kError, code); }

// Section 5.5.1: nothing, or a code with a reason in UTF-8.
Received closed(std::string_view payload) {
  if (payload.empty()) return received(Received::Kind::kClose, CloseCode::kNone);
  if (payload.size() == 1) return error(CloseCode::kProtocolError);
  const auto code =
      static_cast<std::uint16_t>((static_cast<std::uint8_t>(payload[0]) << 8) | static_cast<std::uint8_t>(payload[1]));
  if (!may_be_received(code)) return error(CloseCode::kProtocolError);
  Utf8Validator reason;
  if (!reason.take(payload.substr(2)) || !reason.is_complete()) return error(CloseCode::kInvalidPayload);
  return received(Received::Kind::kClose, static_cast<CloseCode>(code));
}

}  // namespace

Received FrameReader::next(std::span<char>& bytes) {
  if (head_size_ == 0) {
    control_.clear();
    if (!in_message_) message_ = {};
  }
  for (;;) {
    if (!head_done_) {
      CloseCode problem = CloseCode::kNone;
      head_done_ = take_head(bytes, problem);
      if (problem != CloseCode::kNone) return error(problem);
      if (!head_done_) return {};
      ++frames_;
    }
    const Received item = take_payload(bytes);
    // Behind a fragment comes the next frame.
    if (item.kind != Received::Kind::kNothing || head_done_) return item;
  }
}

bool FrameReader::take_head(std::span<char>& bytes, CloseCode& problem) {
  while (head_size_ < head_bytes_needed()) {
    if (bytes.empty()) return false;
    head_[head_size_++] = static_cast<std::uint8_t>(bytes.front());
    bytes = bytes.subspan(1);
    if (head_size_ == 2) problem = check_flags();
    if (problem != CloseCode::kNone) return false;
  }
  problem = check_length();
  return problem == CloseCode::kNone;
}

std::size_t FrameReader::head_bytes_needed() const {
  if (head_size_ < 2) return 2;
  const std::uint8_t length = head_[1] & kLengthBits;
  const std::size_t more = length == kTwoByteLength ? 2 : length == kEightByteLength ? 8 : 0;
  return 2 + more + kMaskBytes;
}

CloseCode FrameReader::check_flags() {
  is_final_ = (head_[0] & kFinalBit) != 0;
  opcode_ = head_[0] & kOpcodeBits;
  const bool is_masked = (head_[1] & kMaskBit) != 0;
  if ((head_[0] & kReservedBits) != 0 || !is_masked) return CloseCode::kProtocolError;
  if (is_control()) {
    const bool is_known = opcode_ <= static_cast<std::uint8_t>(Opcode::kPong);
    const bool is_short = (head_[1] & kLengthBits) <= kControlBytesMax;
    return is_known && is_short && is_final_ ? CloseCode::kNone : CloseCode::kProtocolError;
  }
  if (opcode_ > static_cast<std::uint8_t>(Opcode::kBinary)) return CloseCode::kProtocolError;
  const bool continues = opcode_ == kContinuation;
  return continues == in_message_ ? CloseCode::kNone : CloseCode::kProtocolError;
}

CloseCode FrameReader::check_length() {
  const std::size_t mask_begin = head_size_ - kMaskBytes;
  std::uint64_t length = head_[1] & kLengthBits;
  if (mask_begin > 2) {
    length = 0;
    for (std::size_t index = 2; index < mask_begin; ++index) length = (length << 8) | head_[index];
    // "The minimal number of bytes MUST be used."
    const std::uint64_t least = mask_begin == 4 ? kTwoByteLength : 0x10000;
    if (length < least || length > INT64_MAX) return CloseCode::kProtocolError;
  }
  if (!is_control() && length > message_bytes_max_ - message_.size()) return CloseCode::kMessageTooBig;
  payload_left_ = length;
  mask_at_ = 0;
  if (!is_control() && opcode_ != kContinuation) {
    message_opcode_ = static_cast<Opcode>(opcode_);
    text_ = {};
  }
  return CloseCode::kNone;
}

Received FrameReader::take_payload(std::span<char>& bytes) {
  const std::span<char> part = bytes.first(std::min<std::uint64_t>(payload_left_, bytes.size()));
  bytes = bytes.subspan(part.size());
  payload_left_ -= part.size();
  unmask(part);
  std::string_view payload(part.data(), part.size());
  if (!is_control() && message_opcode_ == Opcode::kText && !text_.take(payload)) {
    return error(CloseCode::kInvalidPayload);
  }
  const bool frame_ends = payload_left_ == 0;
  std::string& kept = is_control() ? control_ : message_;
  if (!frame_ends || !is_final_ || !kept.empty()) payload = kept.append(payload);
  return frame_ends ? end_of_frame(payload) : Received();
}

Received FrameReader::end_of_frame(std::string_view payload) {
  head_done_ = false;
  head_size_ = 0;
  if (is_control()) {
    if (opcode_ == static_cast<std::uint8_t>(Opcode::kClose)) return closed(payload);
    const bool is_ping = opcode_ == static_cast<std::uint8_t>(Opcode::kPing);
    return received(is_ping ? Received::Kind::kPing : Received::Kind::kPong, CloseCode::kNone, payload);
  }
  in_message_ = !is_final_;
  if (in_message_) return {};
  if (message_opcode_ == Opcode::kText && !text_.is_complete()) return error(CloseCode::kInvalidPayload);
  Received message = received(Received::Kind::kMessage, CloseCode::kNone, payload);
  message.opcode = message_opcode_;
  return message;
}

// Section 5.3. Eight bytes at a time, with the mask turned to where it goes on.
void FrameReader::unmask(std::span<char> payload) {
  const std::uint8_t* mask = head_.data() + head_size_ - kMaskBytes;
  std::array<char, sizeof(std::uint64_t)> turned;
  for (std::size_t index = 0; index < turned.size(); ++index) {
    turned[index] = static_cast<char>(mask[(mask_at_ + index) % kMaskBytes]);
  }
  std::uint64_t key = 0;
  std::memcpy(&key, turned.data(), sizeof(key));
  std::size_t done = 0;
  for (; done + sizeof(key) <= payload.size(); done += sizeof(key)) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + done, sizeof(word));
    word ^= key;
    std::memcpy(payload.data() + done, &word, sizeof(word));
  }
  for (; done < payload.size(); ++done) payload[done] = static_cast<char>(payload[done] ^ turned[done % turned.size()]);
  mask_at_ = static_cast<std::uint8_t>((mask_at_ + payload.size()) % kMaskBytes);
}

}  // namespace parley::gateway
