// How often values fell into which of some fixed buckets.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/metrics/counter.h"

namespace parley {

// The upper bounds of a histogram's buckets, ascending, in the unit in which values are recorded.
struct Buckets {
  std::span<const std::uint64_t> bounds;
  double unit;  // what one of them is in the unit that is shown
};

inline constexpr std::size_t kBucketsMax = 20;

namespace buckets {

inline constexpr std::array<std::uint64_t, 17> kDurationBounds = {
    100,     250,     500,     1'000,    2'000,    5'000,    10'000,     20'000,    50'000,
    100'000, 200'000, 500'000, 1000'000, 2000'000, 5000'000, 10'000'000, 30'000'000};
inline constexpr std::array<std::uint64_t, 11> kCountBounds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

}  // namespace buckets

// Microseconds, shown in seconds.
inline constexpr Buckets kDurations{buckets::kDurationBounds, 1e-6};
// Of things that come in batches.
inline constexpr Buckets kCounts{buckets::kCountBounds, 1};

// What a histogram has counted up to a moment.
struct HistogramValue {
  const Buckets* buckets = nullptr;
  std::array<std::uint64_t, kBucketsMax + 1> counts{};  // the one behind the last bound: all above it
  std::uint64_t sum = 0;

  // Of the same buckets.
  HistogramValue& operator+=(const HistogramValue& other) {
    assert(buckets == nullptr || other.buckets == buckets);
    buckets = other.buckets;
    for (std::size_t index = 0; index < counts.size(); ++index) counts[index] += other.counts[index];
    sum += other.sum;
    return *this;
  }
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const std::uint64_t some : counts) all += some;
    return all;
  }
};

// No lock, no allocation. `Cell` decides who may record, `kBuckets` what.
template <class Cell, const Buckets& kBuckets>
class BasicHistogram {
  static_assert(kBuckets.bounds.size() <= kBucketsMax);

 public:
  // `times` values of that size. A bound belongs to the bucket that it ends.
  void record(std::uint64_t value, std::uint64_t times = 1) {
    const auto bound = std::lower_bound(kBuckets.bounds.begin(), kBuckets.bounds.end(), value);
    counts_[static_cast<std::size_t>(bound - kBuckets.bounds.begin())].add(times);
    sum_.add(value * times);
  }
  // For kDurations. A time before 0, as clocks of two machines make it, counts as 0.
  void record(std::chrono::nanoseconds duration, std::uint64_t times = 1) {
    const std::int64_t microseconds = std::chrono::ceil<std::chrono::microseconds>(duration).count();
    record(static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0)), times);
  }

  // Any thread. Values that are recorded meanwhile are in it, or in part, or not.
  HistogramValue value() const {
    HistogramValue value{&kBuckets, {}, sum_.value()};
    for (std::size_t index = 0; index < counts_.size(); ++index) value.counts[index] = counts_[index].value();
    return value;
  }

 private:
  std::array<Cell, kBucketsMax + 1> counts_;
  Cell sum_;
};

// Any thread may record.
using DurationHistogram = BasicHistogram<Counter, kDurations>;
using CountHistogram = BasicHistogram<Counter, kCounts>;
// One thread records.
using LocalDurationHistogram = BasicHistogram<LocalCounter, kDurations>;

}  // namespace parley
