#include "common/heartbeat.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::seconds;

constexpr Heartbeat::TimePoint kBegin{seconds(1'000)};

TEST(HeartbeatTest, IsSilentWhenNoBeatCameForTooLong) {
  Heartbeat heart;
  heart.beat(kBegin);
  EXPECT_FALSE(heart.is_silent(kBegin));
  EXPECT_FALSE(heart.is_silent(kBegin + Heartbeat::kSilenceMax));
  EXPECT_TRUE(heart.is_silent(kBegin + Heartbeat::kSilenceMax + std::chrono::nanoseconds(1)));
  heart.beat(kBegin + seconds(60));
  EXPECT_FALSE(heart.is_silent(kBegin + seconds(61))) << "it goes on";
}

TEST(HeartbeatTest, NothingIsExpectedBeforeTheFirstAndAfterTheLast) {
  Heartbeat heart;
  EXPECT_FALSE(heart.is_silent(kBegin));
  heart.beat(kBegin);
  heart.end();
  EXPECT_FALSE(heart.is_silent(kBegin + seconds(60)));
}

}  // namespace
}  // namespace parley
