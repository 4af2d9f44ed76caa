#include "common/random.h"

#include <sys/random.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>

namespace parley {

void SystemRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = getrandom(bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) std::abort();  // Linux 3.17 or newer never fails here; an id without entropy would be worse.
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

std::string make_id(RandomSource& random) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<std::byte, 16> bytes;
  random.fill(bytes);
  std::string id;
  id.reserve(22);
  unsigned buffer = 0;
  int bits = 0;
  for (const std::byte byte : bytes) {
    buffer = (buffer << 8) | std::to_integer<unsigned>(byte);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      id.push_back(kAlphabet[(buffer >> bits) & 0x3F]);
    }
  }
  id.push_back(kAlphabet[(buffer << (6 - bits)) & 0x3F]);
  return id;
}

std::uint64_t random_below(RandomSource& random, std::uint64_t bound) {
  assert(bound >= 1);
  const std::uint64_t unbiased_end = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  for (;;) {
    std::array<std::byte, sizeof(std::uint64_t)> bytes;
    random.fill(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    if (value < unbiased_end) return value % bound;
  }
}

}  // namespace parley
