#include "tests/bench/send_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parley::bench {
namespace {

const TimePoint kBegin(std::chrono::hours(1'000));

TEST(SendSchedule, IsEvenAndGathersNoError) {
  const SendSchedule schedule(kBegin, 3, 2);
  EXPECT_EQ(schedule.due(0), kBegin);
  // A third of a second, a thousand hours long.
  EXPECT_EQ(schedule.due(3UL * 3'600'000), kBegin + std::chrono::hours(1'000));
  for (std::uint64_t number = 0; number < 1'000; ++number) {
    const auto step = schedule.due(number + 1) - schedule.due(number);
    EXPECT_GE(step, std::chrono::nanoseconds(333'333'332));
    EXPECT_LE(step, std::chrono::nanoseconds(333'333'334));
  }
}

TEST(SendSchedule, HasTheWholeRateInEachSecond) {
  const SendSchedule schedule(kBegin, 70'000, 10);
  std::uint64_t number = 0;
  for (int second = 1; second <= 5; ++second) {
    const std::uint64_t before = number;
    while (schedule.due(number) < kBegin + std::chrono::seconds(second)) ++number;
    EXPECT_EQ(number - before, 70'000U);
  }
}

TEST(SendSchedule, StaggersTheSenders) {
  const SendSchedule schedule(kBegin, 100, 10);
  std::vector<std::vector<TimePoint>> times(10);
  for (std::uint64_t number = 0; number < 100; ++number) times[schedule.sender(number)].push_back(schedule.due(number));
  for (std::size_t sender = 0; sender < 10; ++sender) {
    ASSERT_EQ(times[sender].size(), 10U);
    EXPECT_EQ(times[sender][0], kBegin + std::chrono::milliseconds(10 * sender));
    EXPECT_EQ(times[sender][9] - times[sender][0], std::chrono::milliseconds(900));
  }
}

}  // namespace
}  // namespace parley::bench
