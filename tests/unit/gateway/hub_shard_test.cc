// Who is in which room of a shard.
#include "gateway/hub/hub_shard.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "tests/unit/gateway/support/hub_shard_fixture.h"

namespace parley::gateway {
namespace {

TEST_F(HubShardTest, AcquiresARoomOnceAndReleasesItAfterTheLast) {
  shard.subscribe(ann, "den");
  shard.subscribe(bob, "den");
  ASSERT_EQ(registry.acquired.size(), 1U);
  EXPECT_EQ(ann.ready, 0);
  shard.room_live("den", registry.acquired[0].second, at(4));
  EXPECT_EQ(ann.ready, 1);
  EXPECT_EQ(bob.ready, 1);
  EXPECT_EQ(ann.ready_position.offset(), 4);
  shard.unsubscribe(ann, "den");
  EXPECT_TRUE(registry.released.empty());
  shard.remove(bob);
  ASSERT_EQ(registry.released.size(), 1U);
  EXPECT_EQ(registry.released[0], registry.acquired[0]);
  EXPECT_EQ(shard.room_count(bob), 0U);
}

TEST_F(HubShardTest, ARoomThatIsLiveIsReadyAtOnce) {
  make_live(ann, 0);
  tell(change("den", 1));
  shard.subscribe(bob, "den");
  EXPECT_EQ(bob.ready, 1);
  EXPECT_EQ(bob.ready_position.offset(), 1);
}

TEST_F(HubShardTest, IgnoresTheAnswerToAnEarlierAcquisition) {
  shard.subscribe(ann, "den");
  shard.unsubscribe(ann, "den");
  shard.subscribe(ann, "den");
  ASSERT_EQ(registry.acquired.size(), 2U);
  shard.room_live("den", registry.acquired[0].second, at(0));
  EXPECT_EQ(ann.ready, 0);
  shard.room_live("den", registry.acquired[1].second, at(0));
  EXPECT_EQ(ann.ready, 1);
}

TEST_F(HubShardTest, RefusedRoomsAreTold) {
  shard.subscribe(ann, "den");
  shard.room_refused("den", registry.acquired[0].second, absl::ResourceExhaustedError("full"));
  EXPECT_EQ(ann.refused, 1);
  EXPECT_EQ(shard.room_count(ann), 0U);
  EXPECT_EQ(registry.released.size(), 1U);
}

TEST_F(HubShardTest, RemovingKeepsTheOthers) {
  std::vector<std::unique_ptr<FakeSocket>> sockets;
  for (int index = 0; index < 10; ++index) {
    sockets.push_back(std::make_unique<FakeSocket>());
    make_live(*sockets.back(), 0);
  }
  for (const std::size_t index : {0U, 9U, 4U}) shard.remove(*sockets[index]);
  tell(change("den", 1));
  for (std::size_t index = 0; index < sockets.size(); ++index) {
    const bool removed = index == 0 || index == 9 || index == 4;
    EXPECT_EQ(sockets[index]->got.size(), removed ? 0U : 1U) << index;
  }
}

}  // namespace
}  // namespace parley::gateway
