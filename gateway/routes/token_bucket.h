// A rate limit that allows bursts.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace parley::gateway {

// `per_second` on average, measured over ten seconds. On one thread.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  TokenBucket(std::size_t per_second, TimePoint now)
      : per_second_(static_cast<double>(per_second)), tokens_(per_second_ * kWindowSeconds), filled_(now) {}

  bool has_token(TimePoint now) {
    const double seconds = std::chrono::duration<double>(now - filled_).count();
    tokens_ = std::min(per_second_ * kWindowSeconds, tokens_ + seconds * per_second_);
    filled_ = now;
    return tokens_ >= 1;
  }
  void take() { tokens_ -= 1; }

 private:
  static constexpr double kWindowSeconds = 10;

  double per_second_;
  double tokens_;
  TimePoint filled_;
};

}  // namespace parley::gateway
