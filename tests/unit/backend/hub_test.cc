#include "backend/chat/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/backend/support/fake_clock.h"
#include "tests/unit/backend/support/fake_store.h"
#include "tests/unit/backend/support/reader.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kPlenty = 1'000;

pb::StreamPosition at(const std::string& epoch, std::int64_t offset) {
  pb::StreamPosition position;
  position.set_epoch(epoch);
  position.set_offset(offset);
  return position;
}

Hint change_hint(const std::string& room, const std::string& epoch, std::int64_t offset) {
  return Hint{.kind = HintKind::kChange, .room = room, .position = at(epoch, offset), .event = nullptr};
}

class HubTest : public testing::Test {
 protected:
  std::shared_ptr<Subscription> subscribe(std::size_t events_max = kPlenty,
                                          OverflowPolicy policy = OverflowPolicy::kBeginAnew) {
    return std::make_shared<Subscription>(events_max, policy, [this] { ++notified_; });
  }
  std::shared_ptr<Subscription> subscribe_to(const std::string& room) {
    auto subscription = subscribe();
    hub_.join(subscription, room, std::nullopt);
    store_.answer_all();
    read_all(*subscription);
    return subscription;
  }
  // Lets time pass in small steps.
  void pass(milliseconds duration) {
    for (milliseconds passed{0}; passed < duration; passed += milliseconds(50)) {
      clock_.advance(milliseconds(50));
      hub_.tick();
      store_.answer_all();
    }
  }

  FakeClock clock_;
  FakeStore store_{FakeStore::Answers::kWhenTold};
  Hub hub_{store_, clock_, HubLimits{}};
  int notified_ = 0;
};

TEST_F(HubTest, DeliversChangesInOrderToEverySubscription) {
  const auto first = subscribe_to("lobby");
  const auto second = subscribe_to("lobby");
  for (int count = 0; count < 3; ++count) hub_.publish(store_.post("lobby"));
  EXPECT_THAT(read_all(*first), ElementsAre("lobby e1:1", "lobby e1:2", "lobby e1:3"));
  EXPECT_THAT(read_all(*second), ElementsAre("lobby e1:1", "lobby e1:2", "lobby e1:3"));
  EXPECT_EQ(store_.calls("read_changes"), 0);
}

TEST_F(HubTest, SharesOneEventBetweenSubscriptions) {
  const auto first = subscribe_to("lobby");
  const auto second = subscribe_to("lobby");
  const SharedEvent event = store_.post("lobby");
  hub_.publish(event);
  EXPECT_EQ(std::get<SharedEvent>(*first->pop()), event);
  EXPECT_EQ(std::get<SharedEvent>(*second->pop()), event);
}

TEST_F(HubTest, DropsDuplicates) {
  const auto reader = subscribe_to("lobby");
  const SharedEvent event = store_.post("lobby");
  hub_.publish(event);
  hub_.publish(event);
  hub_.take_hint(change_hint("lobby", "e1", 1));
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1"));
}

TEST_F(HubTest, HoldsEventsBeyondAGapUntilItIsFilled) {
  const auto reader = subscribe_to("lobby");
  const SharedEvent first = store_.post("lobby");
  const SharedEvent second = store_.post("lobby");
  hub_.publish(second);
  EXPECT_THAT(read_all(*reader), IsEmpty());
  hub_.publish(first);
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1", "lobby e1:2"));
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), IsEmpty());
}

TEST_F(HubTest, ReadsWhatIsMissingFromTheStore) {
  const auto reader = subscribe_to("lobby");
  store_.post("lobby");
  store_.post("lobby");
  hub_.publish(store_.post("lobby"));
  EXPECT_THAT(read_all(*reader), IsEmpty());
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1", "lobby e1:2", "lobby e1:3"));
  EXPECT_EQ(store_.calls("read_changes"), 1);
  EXPECT_EQ(hub_.metrics().gap_reads.value(), 1U);
}

TEST_F(HubTest, CountsTheReadsThatWaitForTheirTurn) {
  const std::size_t rooms = HubLimits{}.reads_in_flight_max + 3;
  std::vector<std::shared_ptr<Subscription>> readers;
  for (std::size_t room = 0; room < rooms; ++room) readers.push_back(subscribe_to("r" + std::to_string(room)));
  EXPECT_EQ(hub_.sizes().reads_waiting, 0U);
  for (std::size_t room = 0; room < rooms; ++room) {
    store_.post("r" + std::to_string(room));
    hub_.publish(store_.post("r" + std::to_string(room)));
  }
  EXPECT_EQ(hub_.sizes().reads_waiting, 3U);
  store_.answer_all();
  EXPECT_EQ(hub_.sizes().reads_waiting, 0U);
  EXPECT_EQ(hub_.metrics().gap_reads.value(), rooms);
}

TEST_F(HubTest, HasOneGapReadInFlightARoom) {
  const auto reader = subscribe_to("lobby");
  store_.post("lobby");
  for (int count = 0; count < 5; ++count) hub_.publish(store_.post("lobby"));
  EXPECT_EQ(store_.waiting(), 1u);
  store_.answer_all();
  EXPECT_EQ(read_all(*reader).size(), 6u);
}

TEST_F(HubTest, AnEventThatComesDuringAGapReadIsNeitherLostNorDoubled) {
  const auto reader = subscribe_to("lobby");
  const SharedEvent first = store_.post("lobby");
  hub_.publish(store_.post("lobby"));  // a gap: the read sees 1 and 2
  hub_.publish(store_.post("lobby"));  // not in the read's snapshot
  hub_.publish(first);                 // fills the gap before the read's answer
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1", "lobby e1:2", "lobby e1:3"));
}

TEST_F(HubTest, AReadInSeveralPagesIsComplete) {
  store_.page_messages_max = 2;
  const auto reader = subscribe_to("lobby");
  for (int count = 0; count < 5; ++count) store_.post("lobby");
  hub_.take_hint(change_hint("lobby", "e1", 5));
  store_.answer_all();
  EXPECT_EQ(read_all(*reader).size(), 5u);
  EXPECT_EQ(store_.calls("read_changes"), 3);
}

TEST_F(HubTest, ALostHintHealsOnTheTimer) {
  const auto reader = subscribe_to("lobby");
  store_.post("lobby");
  pass(milliseconds(4'900));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 0"));
  EXPECT_EQ(hub_.metrics().unannounced_heads.value(), 0U);
  pass(milliseconds(200));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1"));
  EXPECT_EQ(hub_.metrics().unannounced_heads.value(), 1U);
}

TEST_F(HubTest, ComparesAllRoomsInOneReadWhenTheBrokerIsBack) {
  const auto lobby = subscribe_to("lobby");
  const auto den = subscribe_to("den");
  const int before = store_.calls("read_heads");
  store_.post("lobby");
  store_.post("den");
  hub_.compare_heads();
  store_.answer_all();
  EXPECT_THAT(read_all(*lobby), ElementsAre("lobby e1:1"));
  EXPECT_THAT(read_all(*den), ElementsAre("den e1:1"));
  EXPECT_EQ(store_.calls("read_heads"), before + 1);
}

TEST_F(HubTest, AFailedReadIsRepeatedAfterAWhile) {
  const auto reader = subscribe_to("lobby");
  store_.post("lobby");
  store_.fail_reads(true);
  hub_.take_hint(change_hint("lobby", "e1", 1));
  store_.answer_all();
  EXPECT_EQ(store_.calls("read_changes"), 1);
  store_.fail_reads(false);
  pass(milliseconds(250));
  EXPECT_THAT(read_all(*reader), testing::Contains("lobby e1:1"));
}

TEST_F(HubTest, AnotherEpochBeginsAnew) {
  const auto reader = subscribe_to("lobby");
  for (int count = 0; count < 3; ++count) hub_.publish(store_.post("lobby"));
  read_all(*reader);
  store_.set_epoch("lobby", "e2", 1);
  hub_.compare_heads();
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("reset lobby e2:1"));
  hub_.publish(store_.post("lobby"));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e2:2"));
}

TEST_F(HubTest, AHistoryThatWentBackwardsBeginsAnew) {
  const auto reader = subscribe_to("lobby");
  for (int count = 0; count < 3; ++count) hub_.publish(store_.post("lobby"));
  read_all(*reader);
  store_.set_epoch("lobby", "e1", 1);
  hub_.compare_heads();
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("reset lobby e1:1"));
}

TEST_F(HubTest, AGapBeyondTheLimitBeginsAnew) {
  store_.changes_max = 3;
  const auto reader = subscribe_to("lobby");
  for (int count = 0; count < 5; ++count) store_.post("lobby");
  hub_.take_hint(change_hint("lobby", "e1", 5));
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("reset lobby e1:5"));
}

TEST_F(HubTest, ARoomThatHasComeCloserMeanwhileGoesOnFromThere) {
  store_.changes_max = 3;
  const auto reader = subscribe_to("lobby");
  std::vector<std::shared_ptr<const pb::Event>> events;
  for (int count = 0; count < 5; ++count) events.push_back(store_.post("lobby"));
  hub_.take_hint(change_hint("lobby", "e1", 5));  // five behind: too far
  hub_.publish(events[0]);
  hub_.publish(events[1]);  // three: not so
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1", "lobby e1:2", "lobby e1:3", "lobby e1:4", "lobby e1:5"));
}

TEST_F(HubTest, ARoomThatIsStillTooFarBehindBeginsAnew) {
  store_.changes_max = 3;
  Hub hub(store_, clock_, HubLimits{.resume_changes_max = 3});
  const auto reader = subscribe();
  hub.join(reader, "lobby", std::nullopt);
  store_.answer_all();
  read_all(*reader);
  const auto first = store_.post("lobby");
  for (int count = 0; count < 5; ++count) store_.post("lobby");
  hub.take_hint(change_hint("lobby", "e1", 6));
  hub.publish(first);
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("reset lobby e1:6"));
  EXPECT_EQ(store_.calls("read_changes"), 1);
}

TEST_F(HubTest, AStaleSnapshotDoesNotMoveARoomBack) {
  const auto reader = subscribe_to("lobby");
  hub_.compare_heads();  // the snapshot is taken now
  hub_.publish(store_.post("lobby"));
  store_.answer_all();
  hub_.publish(store_.post("lobby"));
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1", "lobby e1:2"));
}

TEST_F(HubTest, NothingComesAfterLeaving) {
  const auto reader = subscribe_to("lobby");
  hub_.publish(store_.post("lobby"));
  hub_.leave(reader, "lobby");
  hub_.publish(store_.post("lobby"));
  EXPECT_THAT(read_all(*reader), IsEmpty());
  EXPECT_EQ(hub_.room_count(reader), 0u);
}

TEST_F(HubTest, IgnoresTheAnswersToReadsOfAnEarlierLifeOfTheRoom) {
  const auto reader = subscribe_to("lobby");
  store_.post("lobby");
  hub_.publish(store_.post("lobby"));  // a gap read is under way
  hub_.unsubscribe(reader);
  const auto next = subscribe();
  hub_.join(next, "lobby", std::nullopt);
  store_.answer_all();
  EXPECT_THAT(read_all(*next), ElementsAre("joined lobby e1:2"));
}

TEST_F(HubTest, PresenceIsToldOnceForManyArrivals) {
  const auto reader = subscribe_to("lobby");
  pass(milliseconds(200));
  read_all(*reader);
  const int before = store_.calls("read_presence");
  store_.set_present("lobby", {"Ann", "Bo"});
  for (int count = 0; count < 10; ++count) hub_.presence_changed("lobby");
  clock_.advance(milliseconds(100));
  hub_.tick();
  EXPECT_EQ(store_.calls("read_presence"), before);
  clock_.advance(milliseconds(50));
  hub_.tick();
  store_.answer_all();
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 2"));
  EXPECT_EQ(store_.calls("read_presence"), before + 1);
}

// A crowd that comes costs rows and deliveries for each of them at each telling: the more there are, the fewer.
TEST_F(HubTest, ACrowdIsToldOfLessOften) {
  const auto reader = subscribe_to("lobby");
  store_.set_present("lobby", std::vector<std::string>(3'000, "Ann"));
  pass(milliseconds(200));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 3000"));
  const int before = store_.calls("read_presence");
  store_.set_present("lobby", std::vector<std::string>(3'100, "Ann"));
  hub_.presence_changed("lobby");
  pass(milliseconds(2'900));
  EXPECT_EQ(store_.calls("read_presence"), before);
  pass(milliseconds(200));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 3100"));
  store_.set_present("lobby", std::vector<std::string>(100'000, "Ann"));
  hub_.presence_changed("lobby");
  pass(milliseconds(3'200));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 100000"));
  store_.set_present("lobby", {});
  hub_.presence_changed("lobby");
  pass(milliseconds(30'100));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 0"));
}

TEST_F(HubTest, KnowsTheCrowdsThatItFollows) {
  const auto reader = subscribe_to("lobby");
  store_.set_present("lobby", std::vector<std::string>(100, "Ann"));
  pass(milliseconds(200));
  EXPECT_EQ(hub_.presence_of_crowd("lobby"), nullptr);
  store_.set_present("lobby", std::vector<std::string>(101, "Ann"));
  hub_.presence_changed("lobby");
  pass(milliseconds(200));
  ASSERT_NE(hub_.presence_of_crowd("lobby"), nullptr);
  EXPECT_EQ(hub_.presence_of_crowd("lobby")->presence().author_count(), 101);
  EXPECT_EQ(hub_.presence_of_crowd("attic"), nullptr);
  hub_.unsubscribe(reader);
  EXPECT_EQ(hub_.presence_of_crowd("lobby"), nullptr);
}

TEST_F(HubTest, PresenceIsToldOnlyWhenItDiffers) {
  const auto reader = subscribe_to("lobby");
  store_.set_present("lobby", {"Ann"});
  pass(milliseconds(200));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 1"));
  hub_.presence_changed("lobby");
  pass(milliseconds(200));
  EXPECT_THAT(read_all(*reader), IsEmpty());
}

TEST_F(HubTest, ALostPresenceHintHealsOnTheTimer) {
  const auto reader = subscribe_to("lobby");
  pass(milliseconds(200));
  read_all(*reader);
  store_.set_present("lobby", {"Ann"});
  pass(milliseconds(5'000));
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby presence 1"));
}

TEST_F(HubTest, ALaterSubscriptionGetsThePresenceThatIsKnown) {
  const auto first = subscribe_to("lobby");
  store_.set_present("lobby", {"Ann"});
  pass(milliseconds(200));
  const auto second = subscribe();
  hub_.join(second, "lobby", std::nullopt);
  EXPECT_THAT(read_all(*second), ElementsAre("joined lobby e1:0", "lobby presence 1"));
}

}  // namespace
}  // namespace parley::backend
