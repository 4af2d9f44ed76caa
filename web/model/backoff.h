// How long to wait before trying again: longer each time, and never in step with others.
#pragma once

#include <algorithm>

#include "common/random.h"

namespace parley::web {

// Exponential with full jitter: the n-th delay is uniform between 0 and 0.5 s times 2 to the n, at most 30 s.
class Backoff {
 public:
  static constexpr int kFirstMs = 500;
  static constexpr int kMostMs = 30'000;

  explicit Backoff(RandomSource& random) : random_(random) {}

  int next_ms() {
    const int ceiling = std::min(kMostMs, kFirstMs << std::min(attempt_, 6));
    ++attempt_;
    return static_cast<int>(random_below(random_, static_cast<std::uint64_t>(ceiling) + 1));
  }
  void reset() { attempt_ = 0; }

 private:
  RandomSource& random_;
  int attempt_ = 0;
};

}  // namespace parley::web
