// What every broker does: hints between processes.
#include <gtest/gtest.h>

#include "tests/postgres/support/broker_world.h"
#include "tests/postgres/support/listening.h"

namespace parley::backend {
namespace {

class BrokerTest : public testing::TestWithParam<BrokerKind> {
 protected:
  std::unique_ptr<Broker> make_broker() { return world_->make_broker(random_, logger_); }

  TestDatabase database_;
  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kError, clock_, log_};
  SystemRandom random_;
  std::unique_ptr<BrokerWorld> world_ = BrokerWorld::make(GetParam(), database_);
};

INSTANTIATE_TEST_SUITE_P(Each, BrokerTest, testing::Values(BrokerKind::kPostgres, BrokerKind::kNats), broker_name);

TEST_P(BrokerTest, TellsOthersAndNotItself) {
  const auto first = make_broker();
  const auto second = make_broker();
  Listening own(*first);
  Listening others(*second);
  ASSERT_TRUE(eventually([&] { return own.connected() >= 1 && others.connected() >= 1; }));
  first->publish(change_hint("lobby", 1, "small"));
  first->publish(change_hint("lobby", 2, std::string(16'000, 'x')));
  first->publish(presence_hint("den"));
  ASSERT_TRUE(eventually([&] { return others.hints().size() == 3; }));
  EXPECT_EQ(others.hints()[0].event->message().body(), "small");
  EXPECT_EQ(others.hints()[1].event, nullptr);
  EXPECT_EQ(others.hints()[1].position.offset(), 2);
  EXPECT_EQ(others.hints()[2].room, "den");
  second->publish(presence_hint("other"));
  ASSERT_TRUE(eventually([&] { return own.has_room("other"); }));
  EXPECT_EQ(own.hints().size(), 1u);
  first->stop();
  second->stop();
}

TEST_P(BrokerTest, ALostConnectionComesBackAndSaysSo) {
  const auto first = make_broker();
  const auto second = make_broker();
  Listening own(*first);
  Listening others(*second);
  ASSERT_TRUE(eventually([&] { return own.connected() >= 1 && others.connected() >= 1; }));
  for (int round = 1; round <= 3; ++round) {
    int told_before = 0;
    world_->cut([&] { told_before = others.connected(); });
    ASSERT_TRUE(eventually([&] { return others.connected() > told_before; }));
    const std::string room = "room-" + std::to_string(round);
    // A hint may fall into the moment without a listener: that is what on_reconnected is for.
    ASSERT_TRUE(eventually([&] {
      first->publish(presence_hint(room));
      return others.has_room(room);
    }));
  }
  first->stop();
  second->stop();
}

TEST_P(BrokerTest, ABurstArrivesWholeAndInOrder) {
  const auto first = make_broker();
  const auto second = make_broker();
  Listening own(*first);
  Listening others(*second);
  ASSERT_TRUE(eventually([&] { return own.connected() >= 1 && others.connected() >= 1; }));
  // Of each room few enough to be told one by one.
  for (int offset = 1; offset <= 1'000; ++offset) {
    first->publish(change_hint("room-" + std::to_string(offset % 100), offset, "text"));
  }
  ASSERT_TRUE(eventually([&] { return others.newest_offset() == 1'000; }));
  const std::vector<Hint> hints = others.hints();
  ASSERT_EQ(hints.size(), 1'000u);
  for (std::size_t index = 0; index < hints.size(); ++index) {
    ASSERT_EQ(hints[index].position.offset(), static_cast<std::int64_t>(index) + 1);
  }
  first->stop();
  second->stop();
}

TEST_P(BrokerTest, WhatIsPublishedBeforeTheStopIsSent) {
  const auto first = make_broker();
  const auto second = make_broker();
  Listening own(*first);
  Listening others(*second);
  ASSERT_TRUE(eventually([&] { return own.connected() >= 1 && others.connected() >= 1; }));
  first->publish(presence_hint("last"));
  first->stop();
  first->publish(presence_hint("after"));
  EXPECT_TRUE(eventually([&] { return others.has_room("last"); }));
  second->stop();
}

TEST_P(BrokerTest, WithoutAServerItStopsAtOnce) {
  const auto broker = world_->make_lost_broker(random_, logger_);
  const Listening listening(*broker);
  for (int count = 0; count < 10'000; ++count) broker->publish(presence_hint("room-" + std::to_string(count)));
  const auto began = std::chrono::steady_clock::now();
  broker->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_EQ(listening.connected(), 0);
}

}  // namespace
}  // namespace parley::backend
