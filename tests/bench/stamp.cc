#include "tests/bench/stamp.h"

#include <algorithm>

namespace parley::bench {
namespace {

void write_letters(std::string& text, std::uint64_t value, int nibbles) {
  for (int nibble = nibbles - 1; nibble >= 0; --nibble) {
    text.push_back(static_cast<char>('a' + (value >> (4U * static_cast<unsigned>(nibble)) & 0xFU)));
  }
}

}  // namespace

std::string Stamp::body(std::size_t bytes) const {
  std::string text(kMark);
  text.reserve(std::max(bytes, kBytes));
  write_letters(text, run, 8);
  write_letters(text, sender, 8);
  write_letters(text, sequence, 8);
  write_letters(text, static_cast<std::uint64_t>(due.time_since_epoch().count()), 16);
  text.resize(std::max(bytes, kBytes), 'x');
  return text;
}

}  // namespace parley::bench
