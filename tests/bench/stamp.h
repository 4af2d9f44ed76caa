// What the body of a benchmark's message says: of which run it is, who sent it, which of theirs it is, and when it was
// due. Letters only, which no wire format escapes, and read in a few instructions: a receiver reads millions a second.
#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace parley::bench {

using TimePoint = std::chrono::steady_clock::time_point;

struct Stamp {
  std::uint32_t run = 0;  // tells this run's messages from an earlier one's that are still under way
  std::uint32_t sender = 0;
  std::uint32_t sequence = 0;  // of this sender's messages, from 0
  TimePoint due;               // by the schedule, however late it was sent

  static constexpr std::string_view kMark = "bench:";
  static constexpr std::size_t kBytes = kMark.size() + 40;

  // A body of `bytes` bytes, or of kBytes if that is more.
  std::string body(std::size_t bytes) const;
};

namespace internal {

// Eight letters, `a` to `p` for a nibble each, the highest first.
inline std::uint32_t read_letters(const char* letters) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t nibbles = 0;
  std::memcpy(&nibbles, letters, sizeof nibbles);
  nibbles -= 0x6161'6161'6161'6161U;
  const std::uint64_t bytes = ((nibbles << 4U) + (nibbles >> 8U)) & 0x00FF'00FF'00FF'00FFU;
  const std::uint64_t words = ((bytes << 8U) + (bytes >> 16U)) & 0x0000'FFFF'0000'FFFFU;
  return static_cast<std::uint32_t>((words << 16U) + (words >> 32U));
}

}  // namespace internal

// Finds the stamps of payloads that mostly look alike: it looks first where the last one was. On one thread.
class StampReader {
 public:
  // The first stamp at or after `from`, which then is behind it; nothing when there is none. Whatever follows the mark
  // is taken for a stamp: the caller checks the run.
  std::optional<Stamp> next(std::string_view text, std::size_t& from) {
    std::size_t at = from + hint_;
    if (at + Stamp::kBytes > text.size() ||
        std::memcmp(text.data() + at, Stamp::kMark.data(), Stamp::kMark.size()) != 0) {
      at = text.find(Stamp::kMark, from);
      if (at == std::string_view::npos || at + Stamp::kBytes > text.size()) return std::nullopt;
      hint_ = at - from;
    }
    from = at + Stamp::kBytes;
    const char* letters = text.data() + at + Stamp::kMark.size();
    const std::uint64_t due =
        std::uint64_t{internal::read_letters(letters + 24)} << 32U | internal::read_letters(letters + 32);
    return Stamp{.run = internal::read_letters(letters),
                 .sender = internal::read_letters(letters + 8),
                 .sequence = internal::read_letters(letters + 16),
                 .due = TimePoint(std::chrono::nanoseconds(due))};
  }

 private:
  std::size_t hint_ = 0;
};

}  // namespace parley::bench
