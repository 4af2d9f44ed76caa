// Randomness, injected so that tests control it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace parley {

// Thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

// The kernel's generator, getrandom(2).
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::byte> bytes) override;
};

// 128 random bits as 22 characters of [A-Za-z0-9_-] (RFC 4648, section 5, without padding).
std::string make_id(RandomSource& random);

// Uniform in [0, bound); `bound` is at least 1.
std::uint64_t random_below(RandomSource& random, std::uint64_t bound);

}  // namespace parley
