#include "gateway/hub/hub_shard.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/gateway/support/decode_frames.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kPendingBytesMax = 10'000;

pb::StreamPosition at(std::int64_t offset, const std::string& epoch = "e1") {
  pb::StreamPosition position;
  position.set_epoch(epoch);
  position.set_offset(offset);
  return position;
}

RoomEventPtr change(const std::string& room, std::int64_t offset, const std::string& epoch = "e1",
                    const std::string& body = "x") {
  pb::Event event;
  event.set_room(room);
  *event.mutable_position() = at(offset, epoch);
  event.mutable_message()->set_body(body);
  event.mutable_message()->set_offset(offset);
  return std::make_shared<const RoomEvent>(std::move(event));
}

RoomEventPtr presence(const std::string& room, int count) {
  pb::Event event;
  event.set_room(room);
  event.mutable_presence()->set_author_count(count);
  return std::make_shared<const RoomEvent>(std::move(event));
}

class FakeRegistry final : public RegistryPort {
 public:
  void acquire(std::string room, Generation generation) override { acquired.emplace_back(std::move(room), generation); }
  void release(std::string room, Generation generation) override { released.emplace_back(std::move(room), generation); }

  std::vector<std::pair<std::string, Generation>> acquired;
  std::vector<std::pair<std::string, Generation>> released;
};

// Writes down what it gets: `7` for a change, `p3` for a presence.
class FakeSocket final : public Subscriber {
 public:
  const WireFormat& format() const override { return wire_format(WireFormatId::kProto); }
  bool offer(const Frame& frame) override {
    if (full) return false;
    for (const pb::ServerFrame& decoded : decode_frames(*frame)) {
      const pb::Event& event = decoded.push().event();
      got.push_back(event.has_presence() ? "p" + std::to_string(event.presence().author_count())
                                         : std::to_string(event.position().offset()));
    }
    frames.push_back(frame);
    return true;
  }
  void room_ready(const std::string&, std::uint64_t given, const pb::StreamPosition& position) override {
    ++ready;
    token = given;
    ready_position = position;
  }
  void room_refused(const std::string&, const absl::Status&) override { ++refused; }
  void room_lost(const std::string& room, const pb::StreamPosition& position) override {
    lost.push_back(room + "@" + std::to_string(position.offset()));
    if (on_lost) on_lost();
  }

  bool full = false;
  int ready = 0;
  int refused = 0;
  std::uint64_t token = 0;
  pb::StreamPosition ready_position;
  std::vector<std::string> got;
  std::vector<std::string> lost;
  std::vector<Frame> frames;
  std::function<void()> on_lost;
};

class StoppedClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'000));
  }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

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

class HubShardTest : public testing::Test {
 protected:
  // Subscribed and caught up to `offset`, in a room that is complete after `live_from`.
  void make_live(FakeSocket& socket, std::int64_t offset, std::int64_t live_from = 0) {
    shard.subscribe(socket, "den");
    if (socket.ready == 0) shard.room_live("den", registry.acquired.back().second, at(live_from));
    shard.resumed(socket, "den", socket.token, at(offset));
  }

  void tell(const RoomEventPtr& event) { tell_together({event}); }
  void tell_together(const std::vector<RoomEventPtr>& events) { shard.room_events(events); }

  using Texts = std::vector<std::string>;
  FakeRegistry registry;
  StoppedClock clock;
  HubShard shard{registry, kPendingBytesMax, clock};
  FakeSocket ann;
  FakeSocket bob;
};

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

TEST_F(HubShardTest, NothingIsLostOrDoubledBetweenResumeAndLive) {
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

TEST_F(HubShardTest, ASocketThatIsAheadOfTheStreamGetsNothingTwice) {
  make_live(ann, 7);
  for (std::int64_t offset = 5; offset <= 9; ++offset) tell(change("den", offset));
  EXPECT_EQ(ann.got, Texts({"8", "9"}));
}

TEST_F(HubShardTest, SubscribingAgainBeginsAnew) {
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

TEST_F(HubShardTest, EncodesAnEventOnceForAllSockets) {
  make_live(ann, 0);
  make_live(bob, 0);
  tell(change("den", 1));
  ASSERT_EQ(ann.frames.size(), 1U);
  ASSERT_EQ(bob.frames.size(), 1U);
  EXPECT_EQ(ann.frames[0].get(), bob.frames[0].get());
}

TEST_F(HubShardTest, WhatComesTogetherLeavesAsOneFrameForAllSockets) {
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

TEST_F(HubShardTest, OfSeveralRoomsEachSocketGetsItsOwn) {
  make_live(ann, 0);
  shard.subscribe(bob, "attic");
  shard.room_live("attic", registry.acquired.back().second, at(0));
  shard.resumed(bob, "attic", bob.token, at(0));
  tell_together({change("den", 1), change("attic", 1), change("den", 2), change("cellar", 7), change("attic", 2)});
  EXPECT_EQ(ann.got, Texts({"1", "2"}));
  EXPECT_EQ(bob.got, Texts({"1", "2"}));
}

TEST_F(HubShardTest, WhoHasPartOfABatchGetsTheRest) {
  make_live(ann, 2);
  shard.subscribe(bob, "den");  // and is resuming
  tell_together({change("den", 1), change("den", 2), change("den", 3), change("den", 4)});
  EXPECT_EQ(ann.got, Texts({"3", "4"}));
  shard.resumed(bob, "den", bob.token, at(3));
  EXPECT_EQ(bob.got, Texts({"4"}));
}

TEST_F(HubShardTest, ABatchIsTakenWholeOrNotAtAll) {
  make_live(ann, 0);
  ann.full = true;
  tell_together({change("den", 1), change("den", 2)});
  ann.full = false;
  shard.drained(ann);
  EXPECT_EQ(ann.lost, Texts({"den@0"}));
}

TEST_F(HubShardTest, MuchIsDeliveredInParts) {
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

TEST_F(HubShardTest, ABatchOfTwoEpochsIsJudgedOneByOne) {
  make_live(ann, 5);
  tell_together({change("den", 6), change("den", 1, "e2"), change("den", 7)});
  EXPECT_EQ(ann.got, Texts({"6", "7"}));
}

TEST_F(HubShardTest, ASlowSocketIsNotQueuedForAndIsToldWhereItStopped) {
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

TEST_F(HubShardTest, MayBeSubscribedAgainFromWithinTheLoss) {
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

TEST_F(HubShardTest, WhatIsKeptDuringResumeIsBounded) {
  shard.subscribe(ann, "den");
  shard.room_live("den", registry.acquired[0].second, at(0));
  for (std::int64_t offset = 1; offset <= 20; ++offset) tell(change("den", offset, "e1", std::string(1'000, 'x')));
  shard.resumed(ann, "den", ann.token, at(2));
  EXPECT_TRUE(ann.got.empty());
  EXPECT_EQ(ann.lost, Texts({"den@2"}));
}

TEST_F(HubShardTest, WhatWasNotKeptDuringResumeMayBeInItsAnswer) {
  shard.subscribe(ann, "den");
  shard.room_live("den", registry.acquired[0].second, at(0));
  for (std::int64_t offset = 1; offset <= 20; ++offset) tell(change("den", offset, "e1", std::string(1'000, 'x')));
  shard.resumed(ann, "den", ann.token, at(20));
  EXPECT_TRUE(ann.lost.empty());
  tell(change("den", 21));
  EXPECT_EQ(ann.got, Texts({"21"}));
}

TEST_F(HubShardTest, AResetReachesWhoIsBehindIt) {
  make_live(ann, 2);
  make_live(bob, 9);
  shard.room_reset("den", at(9));
  EXPECT_EQ(ann.lost, Texts({"den@2"}));
  EXPECT_TRUE(bob.lost.empty());
  tell(change("den", 10));
  EXPECT_EQ(bob.got, Texts({"10"}));
}

TEST_F(HubShardTest, AResetDuringResumeIsCheckedAfterIt) {
  make_live(bob, 0);
  shard.subscribe(ann, "den");
  shard.room_reset("den", at(9));
  shard.resumed(ann, "den", ann.token, at(5));
  EXPECT_EQ(ann.lost, Texts({"den@5"}));
}

TEST_F(HubShardTest, AnotherEpochResyncsAndStragglersOfTheOldOneAreDropped) {
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

// A change for two sockets is two deliveries, however the changes came.
TEST_F(HubShardTest, CountsChangesThatSocketsTook) {
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

TEST_F(HubShardTest, ADeliverysLatencyBeginsWithTheMessagesTime) {
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
