// A rate limit that allows bursts.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace parley::gateway {

// `per_second` on average, and `burst` at once; without a `burst` what ten seconds bring. On one thread.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  TokenBucket(std::size_t per_second, TimePoint now) : TokenBucket(per_second, per_second * kWindowSeconds, now) {}
  TokenBucket(std::size_t per_second, std::size_t burst, TimePoint now)
      : per_second_(static_cast<double>(per_second)),
        burst_(static_cast<double>(burst)),
        tokens_(burst_),
        filled_(now) {}

  bool has_token(TimePoint now) {
    tokens_ = tokens_at(now);
    filled_ = now;
    return tokens_ >= 1;
  }
  bool is_full(TimePoint now) const { return tokens_at(now) >= burst_; }
  // What has been taken and has not come again.
  double spent(TimePoint now) const { return burst_ - tokens_at(now); }
  // More than there are is a debt: there is no token until it is paid.
  void take(std::size_t count = 1) { tokens_ -= static_cast<double>(count); }

 private:
  static constexpr std::size_t kWindowSeconds = 10;

  double tokens_at(TimePoint now) const {
    const double seconds = std::chrono::duration<double>(now - filled_).count();
    return std::min(burst_, tokens_ + seconds * per_second_);
  }

  double per_second_;
  double burst_;
  double tokens_;
  TimePoint filled_;
};

}  // namespace parley::gateway
