// What a shard counts of its deliveries.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "tests/unit/gateway/support/hub_shard_fixture.h"

namespace parley::gateway {
namespace {

using HubShardMetricsTest = HubShardTest;

// A new message, stored so long before StoppedClock's time.
RoomEventPtr stored(std::int64_t offset, std::chrono::milliseconds before) {
  pb::Event event;
  event.set_room("den");
  *event.mutable_position() = at(offset);
  event.mutable_message()->set_offset(offset);
  event.mutable_message()->set_change_offset(offset);
  const std::chrono::milliseconds time = std::chrono::seconds(1'000) - before;
  event.mutable_message()->mutable_create_time()->set_seconds(time.count() / 1'000);
  event.mutable_message()->mutable_create_time()->set_nanos(static_cast<std::int32_t>(time.count() % 1'000) *
                                                            1'000'000);
  return std::make_shared<const RoomEvent>(std::move(event));
}

// A change for two sockets is two deliveries, however the changes came.
TEST_F(HubShardMetricsTest, CountsChangesThatSocketsTook) {
  make_live(ann, 0);
  make_live(bob, 2);
  tell(change("den", 1));
  tell_together({change("den", 2), presence("den", 4), change("den", 3)});
  EXPECT_EQ(ann.got, Texts({"1", "2", "p4", "3"}));
  EXPECT_EQ(bob.got, Texts({"p4", "3"}));
  EXPECT_EQ(shard.metrics().deliveries.value(), 4U);
  EXPECT_EQ(shard.metrics().presences.value(), 2U);
  tell_together({change("den", 4), change("den", 5)});
  EXPECT_EQ(shard.metrics().deliveries.value(), 8U);
  bob.full = true;
  tell(change("den", 6));
  EXPECT_EQ(shard.metrics().deliveries.value(), 9U);
  EXPECT_EQ(shard.metrics().slow_consumers.value(), 1U);
  EXPECT_EQ(shard.metrics().losses.value(), 0U);
  bob.full = false;
  shard.drained(bob);
  EXPECT_EQ(shard.metrics().losses.value(), 1U);
}

TEST_F(HubShardMetricsTest, ADeliverysLatencyBeginsWithTheMessagesTime) {
  make_live(ann, 0);
  make_live(bob, 0);
  tell(stored(1, std::chrono::milliseconds(7)));
  tell(stored(2, std::chrono::milliseconds(-3)));  // by another machine's clock
  tell(change("den", 3));                          // no new message: it has no time
  const HistogramValue latency = shard.metrics().latency.value();
  EXPECT_EQ(latency.count(), 4U);
  EXPECT_EQ(latency.sum, 2U * 7'000U);
  EXPECT_EQ(latency.counts[0], 2U);
}

}  // namespace
}  // namespace parley::gateway
