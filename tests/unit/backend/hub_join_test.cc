// Joining a room: catch-up and live events meet without a gap and without a double.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "backend/chat/hub.h"
#include "tests/unit/backend/support/fake_clock.h"
#include "tests/unit/backend/support/fake_store.h"
#include "tests/unit/backend/support/reader.h"

namespace parley::backend {
namespace {

using testing::ElementsAre;

pb::StreamPosition at(const std::string& epoch, std::int64_t offset) {
  pb::StreamPosition position;
  position.set_epoch(epoch);
  position.set_offset(offset);
  return position;
}

class HubJoinTest : public testing::Test {
 protected:
  static std::shared_ptr<Subscription> subscribe() {
    return std::make_shared<Subscription>(1'000, OverflowPolicy::kBeginAnew, [] {});
  }

  FakeClock clock_;
  FakeStore store_{FakeStore::Answers::kWhenTold};
  Hub hub_{store_, clock_, HubLimits{.held_events_max = 4}};
};

TEST_F(HubJoinTest, WithoutAPositionBeginsAtTheHead) {
  store_.post("lobby");
  const auto reader = subscribe();
  hub_.join(reader, "lobby", std::nullopt);
  EXPECT_THAT(read_all(*reader), ElementsAre());
  store_.answer_all();
  hub_.publish(store_.post("lobby"));
  EXPECT_THAT(read_all(*reader), ElementsAre("joined lobby e1:1", "lobby e1:2"));
}

TEST_F(HubJoinTest, AtTheHeadNeedsNoCatchUp) {
  store_.post("lobby");
  const auto reader = subscribe();
  hub_.join(reader, "lobby", at("e1", 1));
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("joined lobby e1:1"));
  EXPECT_EQ(store_.calls("read_changes"), 0);
}

TEST_F(HubJoinTest, ManyJoinsReadTheirHeadsTogether) {
  const auto reader = subscribe();
  hub_.join(reader, "r0", std::nullopt);
  for (int room = 1; room < 100; ++room) hub_.join(reader, "r" + std::to_string(room), std::nullopt);
  store_.answer_all();
  EXPECT_EQ(read_all(*reader).size(), 100u);
  EXPECT_EQ(store_.calls("read_heads"), 2);
}

TEST_F(HubJoinTest, CatchesUpFromThePosition) {
  for (int count = 0; count < 4; ++count) store_.post("lobby");
  const auto reader = subscribe();
  hub_.join(reader, "lobby", at("e1", 2));
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("joined lobby e1:2", "lobby e1:3", "lobby e1:4"));
}

TEST_F(HubJoinTest, LiveEventsDuringTheCatchUpFollowIt) {
  for (int count = 0; count < 2; ++count) store_.post("lobby");
  const auto reader = subscribe();
  hub_.join(reader, "lobby", at("e1", 1));
  ASSERT_TRUE(store_.answer());        // the head: 2; the catch-up's snapshot is taken
  hub_.publish(store_.post("lobby"));  // 3 comes before the catch-up's answer
  store_.answer_all();
  hub_.publish(store_.post("lobby"));
  EXPECT_THAT(read_all(*reader), ElementsAre("joined lobby e1:1", "lobby e1:2", "lobby e1:3", "lobby e1:4"));
}

TEST_F(HubJoinTest, AnEventThatTheCatchUpHasSeenIsNotDoubled) {
  const auto witness = subscribe();
  hub_.join(witness, "lobby", std::nullopt);
  store_.answer_all();
  const SharedEvent first = store_.post("lobby");  // committed, but the hub has not heard of it yet
  const auto reader = subscribe();
  hub_.join(reader, "lobby", at("e0", 0));
  store_.answer_all();  // another epoch: a reset at 1
  hub_.publish(first);
  hub_.publish(store_.post("lobby"));
  EXPECT_THAT(read_all(*reader), ElementsAre("reset lobby e1:1", "lobby e1:2"));
  EXPECT_THAT(read_all(*witness), ElementsAre("joined lobby e1:0", "lobby e1:1", "lobby e1:2"));
}

TEST_F(HubJoinTest, MoreEventsThanAreHeldAreReadAgain) {
  store_.post("lobby");
  const auto reader = subscribe();
  hub_.join(reader, "lobby", at("e1", 0));
  ASSERT_TRUE(store_.answer());
  for (int count = 0; count < 9; ++count) hub_.publish(store_.post("lobby"));
  store_.answer_all();
  EXPECT_EQ(read_all(*reader).size(), 1u + 10u);
}

TEST_F(HubJoinTest, JoiningAgainBeginsAnew) {
  for (int count = 0; count < 3; ++count) store_.post("lobby");
  const auto reader = subscribe();
  hub_.join(reader, "lobby", at("e1", 2));
  store_.answer_all();
  hub_.join(reader, "lobby", at("e1", 1));
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("joined lobby e1:1", "lobby e1:2", "lobby e1:3"));
}

TEST_F(HubJoinTest, JoiningAgainAndAgainDoesNotPileUpReads) {
  for (int count = 0; count < 3; ++count) store_.post("lobby");
  const auto reader = subscribe();
  for (int count = 0; count < 1'000; ++count) {
    hub_.join(reader, "lobby", at("e1", 1));
    if (count == 0) store_.answer();
  }
  store_.answer_all();
  EXPECT_LT(store_.calls("read_changes"), 30);
  EXPECT_THAT(read_all(*reader), ElementsAre("joined lobby e1:1", "lobby e1:2", "lobby e1:3"));
}

TEST_F(HubJoinTest, AnEpochThatChangesDuringTheCatchUpIsAReset) {
  for (int count = 0; count < 3; ++count) store_.post("lobby");
  const auto reader = subscribe();
  hub_.join(reader, "lobby", at("e1", 1));
  ASSERT_TRUE(store_.answer());
  store_.set_epoch("lobby", "e2", 0);
  hub_.compare_heads();
  store_.answer_all();
  hub_.publish(store_.post("lobby"));
  const std::vector<std::string> lines = read_all(*reader);
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines[lines.size() - 2], "reset lobby e2:0");
  EXPECT_EQ(lines.back(), "lobby e2:1");
}

// Checks what a subscription delivers: after each RoomJoined the offsets follow one another.
class Checker {
 public:
  void read(Subscription& subscription) {
    while (const auto item = subscription.pop()) {
      if (const auto* joined = std::get_if<std::shared_ptr<const pb::RoomJoined>>(&*item)) {
        offset_ = (*joined)->position().offset();
        continue;
      }
      const auto& event = *std::get<SharedEvent>(*item);
      if (!event.has_position()) continue;
      ASSERT_EQ(event.position().offset(), offset_ + 1);
      offset_ = event.position().offset();
    }
  }
  std::int64_t offset() const { return offset_; }

 private:
  std::int64_t offset_ = -1;
};

// Hints lost, doubled and reordered, answers late, joins and slow readers at random: all end at the head.
TEST(HubProperty, EverySubscriptionSeesEveryChangeOnceAndInOrder) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto chance = [&random](unsigned percent) { return random() % 100 < percent; };
    FakeClock clock;
    FakeStore store(FakeStore::Answers::kWhenTold);
    store.page_messages_max = 3;
    Hub hub(store, clock, HubLimits{.held_events_max = 3});
    std::vector<std::pair<std::shared_ptr<Subscription>, Checker>> readers;
    std::vector<SharedEvent> late;
    std::int64_t head = 0;
    for (int step = 0; step < 300; ++step) {
      if (chance(40)) {
        const SharedEvent event = store.post("lobby");
        ++head;
        if (chance(60)) hub.publish(event);
        if (chance(30)) late.push_back(event);
      }
      if (!late.empty() && chance(30)) {
        hub.publish(late[random() % late.size()]);
      }
      if (readers.size() < 5 && chance(5)) {
        auto& reader =
            readers.emplace_back(std::make_shared<Subscription>(8, OverflowPolicy::kBeginAnew, [] {}), Checker());
        std::optional<pb::StreamPosition> position;
        if (chance(70)) position = at("e1", static_cast<std::int64_t>(random() % static_cast<unsigned>(head + 1)));
        hub.join(reader.first, "lobby", position);
      }
      if (!readers.empty() && chance(50)) {
        auto& [subscription, checker] = readers[random() % readers.size()];
        checker.read(*subscription);
      }
      if (chance(40) && store.waiting() > 0) store.answer(random() % store.waiting());
      if (chance(5)) store.fail_reads(chance(30));
      if (chance(20)) clock.advance(std::chrono::milliseconds(random() % 500));
      hub.tick();
      if (testing::Test::HasFatalFailure()) return;
    }
    store.fail_reads(false);
    for (int round = 0; round < 300; ++round) {
      clock.advance(std::chrono::milliseconds(100));
      hub.tick();
      store.answer_all();
      for (auto& [subscription, checker] : readers) checker.read(*subscription);
    }
    for (auto& [subscription, checker] : readers) EXPECT_EQ(checker.offset(), head);
  }
}

// For ThreadSanitizer as much as for the result.
TEST(HubThreads, PublishersReadersAndJoinsAtTheSameTime) {
  constexpr int kMessages = 2'000;
  const SystemClock clock;
  FakeStore store;
  Hub hub(store, clock, HubLimits{.poll_interval = std::chrono::milliseconds(5)});
  std::atomic<bool> stopping = false;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&hub, &stopping] {
      const auto subscription = std::make_shared<Subscription>(64, OverflowPolicy::kBeginAnew, [] {});
      Checker checker;
      hub.join(subscription, "lobby", at("e1", 0));
      while (!stopping || checker.offset() < kMessages) {
        checker.read(*subscription);
        if (testing::Test::HasFatalFailure()) break;
        std::this_thread::yield();
      }
      hub.unsubscribe(subscription);
    });
  }
  threads.emplace_back([&hub, &stopping] {
    while (!stopping) {
      const auto passing = std::make_shared<Subscription>(4, OverflowPolicy::kEnd, [] {});
      hub.join(passing, "lobby", std::nullopt);
      hub.presence_changed("lobby");
      hub.tick();
      hub.unsubscribe(passing);
      std::this_thread::yield();
    }
  });
  for (int count = 0; count < kMessages; ++count) {
    const SharedEvent event = store.post("lobby");
    if (count % 7 != 0) hub.publish(event);
    std::this_thread::yield();
  }
  hub.compare_heads();
  stopping = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace parley::backend
