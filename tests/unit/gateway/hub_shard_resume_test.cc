// From a socket's resume to the live room: nothing is lost, nothing comes twice.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/unit/gateway/support/hub_shard_fixture.h"

namespace parley::gateway {
namespace {

using HubShardResumeTest = HubShardTest;

TEST_F(HubShardResumeTest, NothingIsLostOrDoubledBetweenResumeAndLive) {
  shard.subscribe(ann, "den");
  shard.room_live("den", registry.acquired[0].second, at(5));
  // 6 is committed and told before Resume reads, 7 and 8 after it.
  tell(change("den", 6));
  tell(presence("den", 2));
  tell(change("den", 7));
  tell(presence("den", 3));
  tell(change("den", 8));
  EXPECT_TRUE(ann.got.empty());
  shard.resumed(ann, "den", ann.token, at(6));
  EXPECT_EQ(ann.got, Texts({"7", "8", "p3"}));
  tell(change("den", 8));
  tell(change("den", 9));
  EXPECT_EQ(ann.got, Texts({"7", "8", "p3", "9"}));
}

TEST_F(HubShardResumeTest, ASocketThatIsAheadOfTheStreamGetsNothingTwice) {
  make_live(ann, 7);
  for (std::int64_t offset = 5; offset <= 9; ++offset) tell(change("den", offset));
  EXPECT_EQ(ann.got, Texts({"8", "9"}));
}

TEST_F(HubShardResumeTest, SubscribingAgainBeginsAnew) {
  make_live(ann, 3);
  const std::uint64_t first = ann.token;
  shard.subscribe(ann, "den");
  EXPECT_EQ(ann.ready, 2);
  tell(change("den", 4));
  shard.resumed(ann, "den", first, at(9));
  EXPECT_TRUE(ann.got.empty());
  shard.resumed(ann, "den", ann.token, at(3));
  EXPECT_EQ(ann.got, Texts({"4"}));
  EXPECT_EQ(shard.room_count(ann), 1U);
}

TEST_F(HubShardResumeTest, WhatIsKeptDuringResumeIsBounded) {
  shard.subscribe(ann, "den");
  shard.room_live("den", registry.acquired[0].second, at(0));
  for (std::int64_t offset = 1; offset <= 20; ++offset) tell(change("den", offset, "e1", std::string(1'000, 'x')));
  shard.resumed(ann, "den", ann.token, at(2));
  EXPECT_TRUE(ann.got.empty());
  EXPECT_EQ(ann.lost, Texts({"den@2"}));
}

TEST_F(HubShardResumeTest, WhatWasNotKeptDuringResumeMayBeInItsAnswer) {
  shard.subscribe(ann, "den");
  shard.room_live("den", registry.acquired[0].second, at(0));
  for (std::int64_t offset = 1; offset <= 20; ++offset) tell(change("den", offset, "e1", std::string(1'000, 'x')));
  shard.resumed(ann, "den", ann.token, at(20));
  EXPECT_TRUE(ann.lost.empty());
  tell(change("den", 21));
  EXPECT_EQ(ann.got, Texts({"21"}));
}

}  // namespace
}  // namespace parley::gateway
