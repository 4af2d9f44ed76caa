// Changes that come together: encoded once, for each socket what it has not, in frames of a limited size.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/gateway/support/hub_shard_fixture.h"

namespace parley::gateway {
namespace {

using HubShardBatchTest = HubShardTest;

TEST_F(HubShardBatchTest, EncodesAnEventOnceForAllSockets) {
  make_live(ann, 0);
  make_live(bob, 0);
  tell(change("den", 1));
  ASSERT_EQ(ann.frames.size(), 1U);
  ASSERT_EQ(bob.frames.size(), 1U);
  EXPECT_EQ(ann.frames[0].get(), bob.frames[0].get());
}

TEST_F(HubShardBatchTest, WhatComesTogetherLeavesAsOneFrameForAllSockets) {
  make_live(ann, 0);
  make_live(bob, 0);
  tell_together({change("den", 1), presence("den", 2), change("den", 2), change("den", 3)});
  EXPECT_EQ(ann.got, Texts({"1", "p2", "2", "3"}));
  ASSERT_EQ(ann.frames.size(), 1U);
  ASSERT_EQ(bob.frames.size(), 1U);
  EXPECT_EQ(ann.frames[0].get(), bob.frames[0].get());
  tell(change("den", 3));
  tell(change("den", 4));
  EXPECT_EQ(ann.got.back(), "4");
  EXPECT_EQ(ann.got.size(), 5U);
}

TEST_F(HubShardBatchTest, OfSeveralRoomsEachSocketGetsItsOwn) {
  make_live(ann, 0);
  shard.subscribe(bob, "attic");
  shard.room_live("attic", registry.acquired.back().second, at(0));
  shard.resumed(bob, "attic", bob.token, at(0));
  tell_together({change("den", 1), change("attic", 1), change("den", 2), change("cellar", 7), change("attic", 2)});
  EXPECT_EQ(ann.got, Texts({"1", "2"}));
  EXPECT_EQ(bob.got, Texts({"1", "2"}));
}

TEST_F(HubShardBatchTest, WhoHasPartOfABatchGetsTheRest) {
  make_live(ann, 2);
  shard.subscribe(bob, "den");  // and is resuming
  tell_together({change("den", 1), change("den", 2), change("den", 3), change("den", 4)});
  EXPECT_EQ(ann.got, Texts({"3", "4"}));
  shard.resumed(bob, "den", bob.token, at(3));
  EXPECT_EQ(bob.got, Texts({"4"}));
}

TEST_F(HubShardBatchTest, ABatchIsTakenWholeOrNotAtAll) {
  make_live(ann, 0);
  ann.full = true;
  tell_together({change("den", 1), change("den", 2)});
  ann.full = false;
  shard.drained(ann);
  EXPECT_EQ(ann.lost, Texts({"den@0"}));
}

TEST_F(HubShardBatchTest, MuchIsDeliveredInParts) {
  make_live(ann, 0);
  std::vector<RoomEventPtr> events;
  for (std::int64_t offset = 1; offset <= 100; ++offset) {
    events.push_back(change("den", offset, "e1", std::string(1'000, 'x')));
  }
  tell_together(events);
  EXPECT_EQ(ann.got.size(), 100U);
  EXPECT_GT(ann.frames.size(), 2U);
  for (const Frame& frame : ann.frames) EXPECT_LE(frame->size(), 32U * 1024);
}

TEST_F(HubShardBatchTest, ABatchOfTwoEpochsIsJudgedOneByOne) {
  make_live(ann, 5);
  tell_together({change("den", 6), change("den", 1, "e2"), change("den", 7)});
  EXPECT_EQ(ann.got, Texts({"6", "7"}));
}

}  // namespace
}  // namespace parley::gateway
