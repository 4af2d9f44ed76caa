#include "tests/bench/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace parley::bench {

std::size_t LatencyHistogram::bucket_of(std::uint64_t nanoseconds) {
  constexpr std::uint64_t kLinear = 1U << kStepBits;
  if (nanoseconds < kLinear) return nanoseconds;
  const unsigned power = static_cast<unsigned>(std::bit_width(nanoseconds)) - 1;
  const std::uint64_t step = (nanoseconds >> (power - kStepBits)) - kLinear;
  return (static_cast<std::size_t>(power - kStepBits + 1) << kStepBits) + step;
}

std::uint64_t LatencyHistogram::most_of(std::size_t bucket) {
  constexpr std::uint64_t kLinear = 1U << kStepBits;
  if (bucket < kLinear) return bucket;
  const unsigned shift = static_cast<unsigned>(bucket >> kStepBits) - 1;
  return (((bucket & (kLinear - 1)) + kLinear + 1) << shift) - 1;
}

void LatencyHistogram::record(std::chrono::nanoseconds latency) {
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  ++buckets_[std::min(bucket_of(nanoseconds), kBuckets - 1)];
  ++count_;
}

std::chrono::nanoseconds LatencyHistogram::quantile(double quantile) const {
  if (count_ == 0) return std::chrono::nanoseconds(0);
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(quantile * double(count_))));
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  for (; bucket + 1 < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) break;
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(most_of(bucket)));
}

}  // namespace parley::bench
