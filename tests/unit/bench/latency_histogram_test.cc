#include "tests/bench/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace parley::bench {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogram, OfNothingIsZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.99), nanoseconds(0));
}

TEST(LatencyHistogram, KeepsOneValueAtEachScale) {
  for (std::int64_t value = 1; value < 1'000'000'000'000; value = value * 3 + 1) {
    LatencyHistogram histogram;
    histogram.record(nanoseconds(value));
    for (const double quantile : {0.0, 0.5, 1.0}) {
      const std::int64_t kept = histogram.quantile(quantile).count();
      EXPECT_GE(kept, value);
      EXPECT_LE(static_cast<double>(kept), static_cast<double>(value) * 1.016);
    }
  }
}

TEST(LatencyHistogram, QuantilesAreThoseOfTheSortedValues) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> distribution(13, 2);
  LatencyHistogram histogram;
  std::vector<double> values;
  for (int index = 0; index < 100'000; ++index) {
    values.push_back(std::floor(distribution(random)));
    histogram.record(nanoseconds(static_cast<std::int64_t>(values.back())));
  }
  std::sort(values.begin(), values.end());
  for (const double quantile : {0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const double exact = values[static_cast<std::size_t>(std::ceil(quantile * 100'000)) - 1];
    const auto kept = static_cast<double>(histogram.quantile(quantile).count());
    EXPECT_GE(kept, exact) << quantile;
    EXPECT_LE(kept, exact * 1.016 + 1) << quantile;
  }
}

TEST(LatencyHistogram, TheOneSlowOneOfAHundredIsAboveP99AndNotBelow) {
  LatencyHistogram histogram;
  for (int index = 0; index < 99; ++index) histogram.record(std::chrono::microseconds(10));
  histogram.record(std::chrono::seconds(1));
  EXPECT_LT(histogram.quantile(0.99), std::chrono::microseconds(11));
  EXPECT_GE(histogram.quantile(0.991), std::chrono::seconds(1));
}

TEST(LatencyHistogram, TakesWhatIsTooLongOrBelowZero) {
  LatencyHistogram histogram;
  histogram.record(std::chrono::hours(100));
  EXPECT_GT(histogram.quantile(1), std::chrono::minutes(15));
  histogram.record(nanoseconds(-5));
  EXPECT_EQ(histogram.quantile(0), nanoseconds(0));
  EXPECT_EQ(histogram.count(), 2U);
}

}  // namespace
}  // namespace parley::bench
