// How long things took, and how many took how long: log-linear buckets, as in HdrHistogram.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace parley::bench {

// On one thread. A value is kept to within 1.6 %, up to about 18 minutes; longer counts as that.
class LatencyHistogram {
 public:
  void record(std::chrono::nanoseconds latency);
  std::uint64_t count() const { return count_; }
  // The latency that the fraction `quantile` (0 to 1) of all did not exceed; 0 when there are none.
  std::chrono::nanoseconds quantile(double quantile) const;

 private:
  static constexpr unsigned kStepBits = 6;  // 64 buckets for each power of two
  static constexpr unsigned kPowers = 40;   // of a nanosecond
  static constexpr std::size_t kBuckets = (kPowers - kStepBits + 1) << kStepBits;

  static std::size_t bucket_of(std::uint64_t nanoseconds);
  static std::uint64_t most_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace parley::bench
