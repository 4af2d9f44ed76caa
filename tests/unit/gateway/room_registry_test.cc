#include "gateway/hub/room_registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/errors.h"

namespace parley::gateway {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

pb::StreamPosition at(std::int64_t offset, const std::string& epoch = "e1") {
  pb::StreamPosition position;
  position.set_epoch(epoch);
  position.set_offset(offset);
  return position;
}

enum class Reset { kNo, kYes };

pb::RoomJoined joined(const std::string& room, const pb::StreamPosition& position, Reset reset = Reset::kNo) {
  pb::RoomJoined joined;
  joined.set_room(room);
  *joined.mutable_position() = position;
  joined.set_reset(reset == Reset::kYes);
  return joined;
}

pb::Event change(const std::string& room, std::int64_t offset, const std::string& epoch = "e1") {
  pb::Event event;
  event.set_room(room);
  *event.mutable_position() = at(offset, epoch);
  event.mutable_message()->set_body("x");
  return event;
}

class FakeLink final : public RoomLink {
 public:
  void room_changed(const std::string& room) override { changed.push_back(room); }
  Texts changed;
};

class FakeShard final : public ShardPort {
 public:
  void room_live(std::string room, Generation generation, pb::StreamPosition position) override {
    told.push_back("live " + room + " " + std::to_string(generation) + " " + std::to_string(position.offset()));
  }
  void room_refused(std::string room, Generation, absl::Status status) override {
    told.push_back("refused " + room + " " + std::string(error_reason(status)));
  }
  void room_reset(std::string room, pb::StreamPosition position) override {
    told.push_back("reset " + room + " " + position.epoch() + " " + std::to_string(position.offset()));
  }
  void room_event(RoomEventPtr event, std::shared_ptr<void>) override {
    told.push_back("event " + event->room() + " " + std::to_string(event->position().offset()));
    events.push_back(event);
  }
  Texts told;
  std::vector<RoomEventPtr> events;
};

class RoomRegistryTest : public testing::Test {
 protected:
  FakeLink link;
  FakeShard first;
  FakeShard second;
  RoomRegistry registry{link, {&first, &second}, {3, 5s}};
  RoomRegistry::TimePoint now;
};

TEST_F(RoomRegistryTest, JoinsForTheFirstShardAndTellsEveryHolder) {
  registry.acquire(0, "den", 7);
  EXPECT_EQ(link.changed, Texts({"den"}));
  ASSERT_TRUE(registry.wish("den").has_value());
  EXPECT_FALSE(registry.wish("den")->has_position());
  registry.acquire(1, "den", 3);
  EXPECT_EQ(link.changed.size(), 1U);
  EXPECT_TRUE(first.told.empty());
  registry.joined(joined("den", at(5)));
  EXPECT_EQ(first.told, Texts({"live den 7 5"}));
  EXPECT_EQ(second.told, Texts({"live den 3 5"}));
}

TEST_F(RoomRegistryTest, ALiveRoomIsLiveAtOnceForALaterShard) {
  registry.acquire(0, "den", 1);
  registry.joined(joined("den", at(5)));
  registry.event(change("den", 6), nullptr);
  registry.acquire(1, "den", 2);
  EXPECT_EQ(second.told, Texts({"live den 2 6"}));
}

TEST_F(RoomRegistryTest, DeliversOnceAndInOrderToTheHoldersOnly) {
  registry.acquire(0, "den", 1);
  registry.event(change("den", 5), nullptr);
  registry.joined(joined("den", at(5)));
  registry.event(change("den", 5), nullptr);
  registry.event(change("den", 6), nullptr);
  registry.event(change("den", 6), nullptr);
  registry.event(change("other", 1), nullptr);
  registry.event(change("den", 7), nullptr);
  EXPECT_EQ(first.told, Texts({"live den 1 5", "event den 6", "event den 7"}));
  EXPECT_TRUE(second.told.empty());
}

TEST_F(RoomRegistryTest, SharesOneEventBetweenTheShards) {
  registry.acquire(0, "den", 1);
  registry.acquire(1, "den", 1);
  registry.joined(joined("den", at(0)));
  registry.event(change("den", 1), nullptr);
  ASSERT_EQ(first.events.size(), 1U);
  EXPECT_EQ(first.events, second.events);
}

TEST_F(RoomRegistryTest, JoinsAgainFromThePositionReached) {
  registry.acquire(0, "den", 1);
  registry.joined(joined("den", at(5)));
  registry.event(change("den", 6), nullptr);
  EXPECT_EQ(registry.rooms(), Texts({"den"}));
  EXPECT_EQ(registry.wish("den")->position().offset(), 6);
  // Another backend, which begins a little earlier.
  registry.joined(joined("den", at(6)));
  registry.event(change("den", 6), nullptr);
  registry.event(change("den", 7), nullptr);
  EXPECT_EQ(first.told, Texts({"live den 1 5", "event den 6", "event den 7"}));
}

TEST_F(RoomRegistryTest, TellsOfAHole) {
  registry.acquire(0, "den", 1);
  registry.joined(joined("den", at(5)));
  registry.joined(joined("den", at(900), Reset::kYes));
  registry.joined(joined("den", at(950)));
  registry.joined(joined("den", at(2, "e2")));
  registry.event(change("den", 3, "e3"), nullptr);
  EXPECT_EQ(first.told,
            Texts({"live den 1 5", "reset den e1 900", "reset den e1 950", "reset den e2 2", "reset den e3 3"}));
}

TEST_F(RoomRegistryTest, LeavesAfterTheLinger) {
  registry.acquire(0, "den", 1);
  registry.joined(joined("den", at(5)));
  registry.release(0, "den", 1, now);
  registry.sweep(now + 4999ms);
  EXPECT_TRUE(registry.wish("den").has_value());
  registry.event(change("den", 6), nullptr);
  // A reload in between.
  registry.acquire(0, "den", 2);
  EXPECT_EQ(first.told.back(), "live den 2 6");
  registry.sweep(now + 6s);
  EXPECT_TRUE(registry.wish("den").has_value());
  registry.release(0, "den", 1, now + 6s);
  registry.sweep(now + 20s);
  EXPECT_TRUE(registry.wish("den").has_value()) << "a release of an earlier acquisition counts for nothing";
  registry.release(0, "den", 2, now + 20s);
  registry.sweep(now + 25s);
  EXPECT_FALSE(registry.wish("den").has_value());
  EXPECT_EQ(link.changed, Texts({"den", "den"}));
}

TEST_F(RoomRegistryTest, HoldsABoundedNumberOfRooms) {
  registry.acquire(0, "a", 1);
  registry.acquire(0, "b", 2);
  registry.acquire(0, "c", 3);
  registry.acquire(0, "d", 4);
  EXPECT_EQ(first.told, Texts({"refused d OVERLOADED"}));
  // A room that only lingers gives way.
  registry.release(0, "b", 2, now);
  registry.acquire(0, "e", 5);
  EXPECT_EQ(first.told.size(), 1U);
  EXPECT_FALSE(registry.wish("b").has_value());
  EXPECT_TRUE(registry.wish("e").has_value());
}

}  // namespace
}  // namespace parley::gateway
