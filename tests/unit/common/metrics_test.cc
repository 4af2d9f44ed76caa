#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/metrics/counter.h"
#include "common/metrics/exposition.h"
#include "common/metrics/histogram.h"
#include "common/metrics/named_counters.h"
#include "common/metrics/process_metrics.h"

namespace parley {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(CounterTest, LosesNothingOfManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 10'000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int index = 0; index < kThreads; ++index) {
    threads.emplace_back([&counter] {
      for (int time = 0; time < kTimes; ++time) counter.add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), kThreads * kTimes);
}

TEST(HistogramTest, ABoundBelongsToTheBucketThatItEnds) {
  DurationHistogram histogram;
  histogram.record(milliseconds(1));
  histogram.record(milliseconds(1) + nanoseconds(1));
  const HistogramValue value = histogram.value();
  EXPECT_EQ(value.counts[3], 1U);  // up to 1 ms
  EXPECT_EQ(value.counts[4], 1U);  // up to 2 ms
  EXPECT_EQ(value.count(), 2U);
}

TEST(HistogramTest, WhatIsAboveTheLastBoundIsCountedToo) {
  CountHistogram histogram;
  histogram.record(std::uint64_t{1'000'000}, 3);
  EXPECT_EQ(histogram.value().counts[kCounts.bounds.size()], 3U);
  EXPECT_EQ(histogram.value().count(), 3U);
  EXPECT_EQ(histogram.value().sum, 3'000'000U);
}

TEST(HistogramTest, ATimeBeforeZeroCountsAsZero) {
  LocalDurationHistogram histogram;
  histogram.record(-milliseconds(5));
  EXPECT_EQ(histogram.value().counts[0], 1U);
  EXPECT_EQ(histogram.value().sum, 0U);
}

TEST(HistogramTest, ValuesOfOneKindAddUp) {
  LocalDurationHistogram one;
  LocalDurationHistogram other;
  one.record(microseconds(50), 2);
  other.record(microseconds(60));
  HistogramValue sum;
  sum += one.value();
  sum += other.value();
  EXPECT_EQ(sum.counts[0], 3U);
  EXPECT_EQ(sum.sum, 160U);
}

TEST(NamedCountersTest, AnUnknownNameMakesNoCounterOfItsOwn) {
  constexpr auto kNames = std::to_array<std::string_view>({"A", "B"});
  NamedCounters counters(kNames);
  counters.add("B");
  counters.add("something from outside");
  counters.add("something else from outside");
  ASSERT_EQ(counters.size(), 3U);
  EXPECT_EQ(counters.value(0), 0U);
  EXPECT_EQ(counters.value(1), 1U);
  EXPECT_EQ(counters.name(2), "OTHER");
  EXPECT_EQ(counters.value(2), 2U);
}

TEST(ExpositionTest, WritesFamiliesAsPrometheusReadsThem) {
  Exposition exposition;
  exposition.counter("things_total", "Things.", 7);
  exposition.family(Exposition::Type::kGauge, "doors", "Doors\nand \\ more.");
  exposition.sample(std::int64_t{-1}, {{"state", "a \"quoted\"\\\nline"}, {"side", "left"}});
  exposition.sample(0.25);
  EXPECT_EQ(exposition.text(),
            "# HELP things_total Things.\n# TYPE things_total counter\nthings_total 7\n"
            "# HELP doors Doors\\nand \\\\ more.\n# TYPE doors gauge\n"
            "doors{state=\"a \\\"quoted\\\"\\\\\\nline\",side=\"left\"} -1\ndoors 0.25\n");
}

TEST(ExpositionTest, AHistogramsBucketsAddUpToItsCount) {
  CountHistogram histogram;
  histogram.record(std::uint64_t{1});
  histogram.record(std::uint64_t{3}, 2);
  histogram.record(std::uint64_t{5'000});
  Exposition exposition;
  exposition.histogram("batch", "Sizes.", histogram.value());
  const std::string& text = exposition.text();
  EXPECT_NE(text.find("batch_bucket{le=\"1\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("batch_bucket{le=\"2\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("batch_bucket{le=\"4\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("batch_bucket{le=\"+Inf\"} 4\nbatch_sum 5007\nbatch_count 4\n"), std::string::npos) << text;
}

TEST(ExpositionTest, DurationsAreInSeconds) {
  DurationHistogram histogram;
  histogram.record(microseconds(1'500));
  Exposition exposition;
  exposition.family(Exposition::Type::kHistogram, "wait_seconds", "Waits.");
  exposition.sample(histogram.value(), {{"route", "x"}});
  const std::string& text = exposition.text();
  EXPECT_NE(text.find("wait_seconds_bucket{route=\"x\",le=\"0.0001\"} 0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("wait_seconds_bucket{route=\"x\",le=\"0.002\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("wait_seconds_sum{route=\"x\"} 0.0015\n"), std::string::npos) << text;
}

TEST(ProcessMetricsTest, TellOfThisProcess) {
  Exposition exposition;
  expose_process(exposition, "chat-test");
  const std::string& text = exposition.text();
  const std::string info =
      "parley_build_info{program=\"chat-test\",version=\"" + std::string(build_version()) + "\"} 1\n";
  EXPECT_NE(text.find(info), std::string::npos) << text;
  const auto value_of = [&text](const std::string& name) {
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + name.size() + 2));
  };
  EXPECT_GT(value_of("process_resident_memory_bytes"), 100'000);
  EXPECT_GE(value_of("process_open_fds"), 3);
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(value_of("process_start_time_seconds"), now - 86'400);
  EXPECT_LT(value_of("process_start_time_seconds"), now + 5);
}

}  // namespace
}  // namespace parley
