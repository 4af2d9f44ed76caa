#include "tests/faults/liveness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::faults {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr SteadyTime kFault{seconds(100)};
const std::vector<std::string> kWriters{"ann"};

class LivenessTest : public testing::Test {
 protected:
  LivenessTest() : view_(history_.add_view("reader", "garden", ViewKind::kResuming)) {}

  SentMessage& send(SteadyTime begun) {
    SentMessage& message = history_.add_message("garden", "ann", std::to_string(begun.time_since_epoch().count()), "x");
    message.begun = begun;
    return message;
  }
  void acknowledge(SentMessage& message, SteadyTime time) {
    message.acknowledged = Position{"e", 1};
    message.acknowledged_at = time;
  }
  void see(std::int64_t message, SteadyTime time) {
    view_.entries.push_back({.kind = EntryKind::kMessage, .offset = 1, .message = message, .time = time});
  }

  History history_;
  View& view_;
};

TEST_F(LivenessTest, WhatWasAnsweredAndSeenBeforeDoesNotCount) {
  acknowledge(send(kFault - seconds(2)), kFault - seconds(1));
  see(0, kFault - seconds(1));
  EXPECT_THAT(live_since(history_, kWriters, kFault).not_live, ElementsAre("ann", "reader in garden"));
}

TEST_F(LivenessTest, AnOldMessageThatIsSeenLateShowsNothing) {
  acknowledge(send(kFault - seconds(2)), kFault + seconds(1));
  see(0, kFault + seconds(1));
  EXPECT_THAT(live_since(history_, kWriters, kFault).not_live, ElementsAre("reader in garden"));
}

TEST_F(LivenessTest, TheLastOfAllToWorkAgainCounts) {
  acknowledge(send(kFault + seconds(1)), kFault + seconds(2));
  acknowledge(send(kFault + seconds(2)), kFault + seconds(9));
  see(0, kFault + seconds(3));
  see(1, kFault + seconds(4));
  const Liveness liveness = live_since(history_, kWriters, kFault);
  EXPECT_THAT(liveness.not_live, IsEmpty());
  EXPECT_EQ(liveness.live_at, kFault + seconds(3));
}

}  // namespace
}  // namespace parley::faults
