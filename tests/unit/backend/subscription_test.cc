#include "backend/chat/subscription.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/backend/support/reader.h"

namespace parley::backend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

pb::StreamPosition at(std::int64_t offset) {
  pb::StreamPosition position;
  position.set_epoch("e1");
  position.set_offset(offset);
  return position;
}

std::shared_ptr<const pb::Event> change(const std::string& room, std::int64_t offset) {
  auto event = std::make_shared<pb::Event>();
  event->set_room(room);
  *event->mutable_position() = at(offset);
  return event;
}

std::shared_ptr<const pb::Event> presence(const std::string& room, int count) {
  auto event = std::make_shared<pb::Event>();
  event->set_room(room);
  event->mutable_presence()->set_author_count(count);
  return event;
}

TEST(SubscriptionTest, OneThatOverflowsTellsItsRoomsToBeginAnew) {
  Subscription subscription(3, OverflowPolicy::kBeginAnew, [] {});
  subscription.push_joined("a", at(0), false);
  subscription.push_joined("b", at(7), false);
  read_all(subscription);
  for (int offset = 1; offset <= 10; ++offset) subscription.push_change(change("a", offset));
  // Of 1 to 10 nothing is kept but the position; the next change follows it.
  EXPECT_THAT(read_all(subscription), ElementsAre("reset a e1:10"));
  subscription.push_change(change("a", 11));
  subscription.push_change(change("b", 8));
  EXPECT_THAT(read_all(subscription), ElementsAre("a e1:11", "b e1:8"));
}

TEST(SubscriptionTest, OverflowKeepsTheNewestPresence) {
  Subscription subscription(2, OverflowPolicy::kBeginAnew, [] {});
  subscription.push_presence(presence("b", 1));
  for (int offset = 1; offset <= 3; ++offset) subscription.push_change(change("a", offset));
  subscription.push_presence(presence("a", 5));
  subscription.push_presence(presence("b", 2));
  EXPECT_THAT(read_all(subscription), ElementsAre("reset a e1:3", "a presence 5", "b presence 2"));
}

TEST(SubscriptionTest, AnAnswerToAJoinIsNeverLost) {
  Subscription subscription(1, OverflowPolicy::kBeginAnew, [] {});
  for (int room = 0; room < 50; ++room) subscription.push_joined("r" + std::to_string(room), at(1), false);
  EXPECT_EQ(read_all(subscription).size(), 50u);
  subscription.push_joined("a", at(4), false);
  subscription.push_change(change("b", 1));
  subscription.push_change(change("b", 2));
  EXPECT_THAT(read_all(subscription), ElementsAre("reset a e1:4", "reset b e1:2"));
}

TEST(SubscriptionTest, UnderEndAnOverflowEndsIt) {
  Counter overflows;
  Subscription subscription(
      2, OverflowPolicy::kEnd, [] {}, &overflows);
  for (int offset = 1; offset <= 3; ++offset) subscription.push_change(change("a", offset));
  EXPECT_TRUE(subscription.is_overflowed());
  EXPECT_EQ(overflows.value(), 1U);
  subscription.push_change(change("a", 4));
  EXPECT_THAT(read_all(subscription), IsEmpty());
}

TEST(SubscriptionTest, ForgettingARoomDropsWhatWaitsOfIt) {
  Subscription subscription(3, OverflowPolicy::kBeginAnew, [] {});
  subscription.push_change(change("a", 1));
  subscription.push_change(change("b", 1));
  subscription.push_change(change("a", 2));
  subscription.forget("a");
  subscription.push_change(change("b", 2));
  subscription.push_change(change("b", 3));
  EXPECT_THAT(read_all(subscription), ElementsAre("b e1:1", "b e1:2", "b e1:3"));
}

TEST(SubscriptionTest, JoiningAgainReplacesWhatWaits) {
  Subscription subscription(3, OverflowPolicy::kBeginAnew, [] {});
  subscription.push_joined("a", at(0), false);
  subscription.push_change(change("a", 1));
  subscription.push_joined("a", at(5), false);
  EXPECT_THAT(read_all(subscription), ElementsAre("joined a e1:5"));
}

}  // namespace
}  // namespace parley::backend
