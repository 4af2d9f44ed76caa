// What fuzz targets have in common. A target is a file tests/fuzz/FOLDER/NAME.cc that defines fuzz(), and a few
// examples in tests/fuzz/corpus/NAME; FOLDER says what it is linked with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace parley::fuzz {

// Defined by the target: takes `bytes` as an outsider sent them. A broken promise ends the process.
void fuzz(std::string_view bytes);

// Ends the process, and names the promise, when it does not hold.
void expect(bool holds, std::string_view promise);

// Takes an input apart. Where it has ended, what is taken is 0 or empty.
class Input {
 public:
  explicit Input(std::string_view bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  std::uint8_t byte() { return empty() ? 0 : static_cast<std::uint8_t>(take(1).front()); }
  // Two bytes, the greater one first.
  std::size_t number() {
    const std::size_t high = byte();
    return high << 8 | byte();
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = left_.substr(0, std::min(count, left_.size()));
    left_.remove_prefix(taken.size());
    return taken;
  }
  // Up to the next line feed, which is dropped.
  std::string_view line() {
    const std::string_view taken = left_.substr(0, left_.find('\n'));
    left_.remove_prefix(std::min(taken.size() + 1, left_.size()));
    return taken;
  }
  std::string_view rest() { return take(left_.size()); }

 private:
  std::string_view left_;
};

}  // namespace parley::fuzz
