// A socket that has missed something is told from where: by its own slowness, or a room that began anew.
#include <gtest/gtest.h>

#include "tests/unit/gateway/support/hub_shard_fixture.h"

namespace parley::gateway {
namespace {

using HubShardLossTest = HubShardTest;

TEST_F(HubShardLossTest, ASlowSocketIsNotQueuedForAndIsToldWhereItStopped) {
  make_live(ann, 0);
  make_live(bob, 0);
  tell(change("den", 1));
  ann.full = true;
  tell(change("den", 2));
  ann.full = false;
  // There would be room for 3, but 2 is missing before it.
  tell(change("den", 3));
  EXPECT_EQ(ann.got, Texts({"1"}));
  EXPECT_EQ(bob.got, Texts({"1", "2", "3"}));
  EXPECT_TRUE(ann.lost.empty());
  shard.drained(ann);
  EXPECT_EQ(ann.lost, Texts({"den@1"}));
  EXPECT_FALSE(shard.is_subscribed(ann, "den"));
  shard.drained(ann);
  EXPECT_EQ(ann.lost.size(), 1U);
}

TEST_F(HubShardLossTest, MayBeSubscribedAgainFromWithinTheLoss) {
  make_live(ann, 0);
  ann.on_lost = [this] { shard.subscribe(ann, "den"); };
  ann.full = true;
  tell(change("den", 1));
  ann.full = false;
  shard.drained(ann);
  EXPECT_EQ(ann.ready, 1 + 0) << "the room went with its last socket and is acquired anew";
  ASSERT_EQ(registry.acquired.size(), 2U);
  shard.room_live("den", registry.acquired[1].second, at(1));
  tell(change("den", 2));
  shard.resumed(ann, "den", ann.token, at(1));
  EXPECT_EQ(ann.got, Texts({"2"}));
}

TEST_F(HubShardLossTest, AResetReachesWhoIsBehindIt) {
  make_live(ann, 2);
  make_live(bob, 9);
  shard.room_reset("den", at(9));
  EXPECT_EQ(ann.lost, Texts({"den@2"}));
  EXPECT_TRUE(bob.lost.empty());
  tell(change("den", 10));
  EXPECT_EQ(bob.got, Texts({"10"}));
}

TEST_F(HubShardLossTest, AResetDuringResumeIsCheckedAfterIt) {
  make_live(bob, 0);
  shard.subscribe(ann, "den");
  shard.room_reset("den", at(9));
  shard.resumed(ann, "den", ann.token, at(5));
  EXPECT_EQ(ann.lost, Texts({"den@5"}));
}

TEST_F(HubShardLossTest, AnotherEpochResyncsAndStragglersOfTheOldOneAreDropped) {
  make_live(ann, 5);
  make_live(bob, 5);
  shard.room_reset("den", at(1, "e2"));
  EXPECT_EQ(ann.lost, Texts({"den@5"}));
  shard.subscribe(ann, "den");
  const auto generation = registry.acquired.back().second;
  shard.room_live("den", generation, at(1, "e2"));
  shard.resumed(ann, "den", ann.token, at(1, "e2"));
  tell(change("den", 6, "e1"));
  tell(change("den", 2, "e2"));
  EXPECT_EQ(ann.got, Texts({"2"}));
}

}  // namespace
}  // namespace parley::gateway
