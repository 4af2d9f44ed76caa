// Hints between processes, and two backends on one database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "backend/app/periodic.h"
#include "backend/broker/postgres_broker.h"
#include "backend/chat/chat_rooms.h"
#include "backend/chat/hub.h"
#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;

// What a broker tells.
class Listening {
 public:
  explicit Listening(Broker& broker) {
    broker.start({.on_hint =
                      [this](Hint hint) {
                        const std::scoped_lock lock(mutex_);
                        hints_.push_back(std::move(hint));
                      },
                  .on_reconnected = [this] { ++connected_; }});
  }
  int connected() const { return connected_; }
  std::vector<Hint> hints() const {
    const std::scoped_lock lock(mutex_);
    return hints_;
  }
  bool has_room(const std::string& room) const {
    const std::scoped_lock lock(mutex_);
    return std::any_of(hints_.begin(), hints_.end(), [&](const Hint& hint) { return hint.room == room; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Hint> hints_;
  std::atomic<int> connected_ = 0;
};

Hint presence_hint(const std::string& room) {
  return Hint{.kind = HintKind::kPresence, .room = room, .position = {}, .event = nullptr};
}

Hint change_hint(const std::string& room, std::int64_t offset, const std::string& body) {
  auto event = std::make_shared<pb::Event>();
  event->set_room(room);
  event->mutable_position()->set_epoch("e1");
  event->mutable_position()->set_offset(offset);
  event->mutable_message()->set_body(body);
  return Hint{.kind = HintKind::kChange, .room = room, .position = event->position(), .event = event};
}

class BrokerTest : public testing::Test {
 protected:
  PostgresBrokerOptions options() const {
    PostgresBrokerOptions chosen;
    chosen.connection_string = database_.connection_string();
    return chosen;
  }

  TestDatabase database_;
  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kError, clock_, log_};
  SystemRandom random_;
};

TEST_F(BrokerTest, TellsOthersAndNotItself) {
  PostgresBroker first(options(), random_, logger_);
  PostgresBroker second(options(), random_, logger_);
  Listening own(first);
  Listening others(second);
  ASSERT_TRUE(eventually([&] { return own.connected() == 1 && others.connected() == 1; }));
  first.publish(change_hint("lobby", 1, "small"));
  first.publish(change_hint("lobby", 2, std::string(16'000, 'x')));
  first.publish(presence_hint("den"));
  ASSERT_TRUE(eventually([&] { return others.hints().size() == 3; }));
  EXPECT_EQ(others.hints()[0].event->message().body(), "small");
  EXPECT_EQ(others.hints()[1].event, nullptr);
  EXPECT_EQ(others.hints()[1].position.offset(), 2);
  EXPECT_EQ(others.hints()[2].room, "den");
  second.publish(presence_hint("other"));
  ASSERT_TRUE(eventually([&] { return own.has_room("other"); }));
  EXPECT_EQ(own.hints().size(), 1u);
  first.stop();
  second.stop();
}

TEST_F(BrokerTest, AKilledListenerComesBackAndSaysSo) {
  PostgresBroker first(options(), random_, logger_);
  PostgresBroker second(options(), random_, logger_);
  Listening own(first);
  Listening others(second);
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(eventually([&] { return others.connected() >= round && own.connected() >= round; }));
    const std::string room = "room-" + std::to_string(round);
    // A hint may fall into the moment without a listener: that is what on_reconnected is for.
    ASSERT_TRUE(eventually([&] {
      first.publish(presence_hint(room));
      return others.has_room(room);
    }));
    ASSERT_GE(database_.terminate_sessions(), 2);
  }
  ASSERT_TRUE(eventually([&] { return others.connected() >= 4; }));
  first.stop();
  second.stop();
}

TEST_F(BrokerTest, ABurstGoesInFewNotifications) {
  PostgresBroker first(options(), random_, logger_);
  PostgresBroker second(options(), random_, logger_);
  Listening own(first);
  Listening others(second);
  ASSERT_TRUE(eventually([&] { return own.connected() == 1 && others.connected() == 1; }));
  for (int offset = 1; offset <= 1'000; ++offset) first.publish(change_hint("lobby", offset, "text"));
  ASSERT_TRUE(eventually([&] {
    const auto hints = others.hints();
    return !hints.empty() && hints.back().position.offset() == 1'000;
  }));
  EXPECT_EQ(others.hints().size(), 1'000u);
  first.stop();
  second.stop();
}

TEST_F(BrokerTest, WithoutADatabaseItStopsAtOnce) {
  PostgresBrokerOptions nowhere;
  nowhere.connection_string = "host='/nowhere' dbname='x' connect_timeout='1'";
  PostgresBroker broker(nowhere, random_, logger_);
  const Listening listening(broker);
  for (int count = 0; count < 10'000; ++count) broker.publish(presence_hint("room-" + std::to_string(count)));
  const auto began = std::chrono::steady_clock::now();
  broker.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

// A backend without its gRPC.
class Backend {
 public:
  Backend(const TestDatabase& database, const Clock& clock, const Logger& logger, milliseconds poll)
      : store_(database),
        hub_(*store_, clock, HubLimits{.poll_interval = poll, .presence_delay = milliseconds(20)}),
        broker_(broker_options(database), random_, logger),
        chat_(*store_, hub_, broker_, random_, logger) {
    broker_.start({.on_hint = [this](const Hint& hint) { hub_.take_hint(hint); },
                   .on_reconnected =
                       [this] {
                         ++connected_;
                         hub_.compare_heads();
                       }});
    timer_.emplace(milliseconds(5), [this] { hub_.tick(); });
  }
  ~Backend() {
    timer_.reset();
    broker_.stop();
    store_->stop();
  }
  ChatRooms& chat() { return chat_; }
  Hub& hub() { return hub_; }
  int connected() const { return connected_; }

 private:
  static PostgresBrokerOptions broker_options(const TestDatabase& database) {
    PostgresBrokerOptions options;
    options.connection_string = database.connection_string();
    return options;
  }

  SystemRandom random_;
  std::atomic<int> connected_ = 0;
  TestStore store_;
  Hub hub_;
  PostgresBroker broker_;
  ChatRooms chat_;
  std::optional<Periodic> timer_;
};

// Reads a subscription to its end, again and again, and checks the order on the way.
class LiveReader {
 public:
  explicit LiveReader(Hub& hub) : hub_(hub) {
    hub.join(subscription_, "lobby", std::nullopt);
    EXPECT_TRUE(eventually([this] { return read(), joined_; }));
  }
  ~LiveReader() { hub_.unsubscribe(subscription_); }
  // The last offset seen.
  std::int64_t read() {
    while (const auto item = subscription_->pop()) {
      if (const auto* joined = std::get_if<std::shared_ptr<const pb::RoomJoined>>(&*item)) {
        EXPECT_FALSE((*joined)->reset());
        joined_ = true;
        offset_ = (*joined)->position().offset();
        continue;
      }
      const auto& event = *std::get<std::shared_ptr<const pb::Event>>(*item);
      if (event.has_presence()) {
        author_count_ = event.presence().author_count();
        continue;
      }
      EXPECT_EQ(event.position().offset(), offset_ + 1);
      offset_ = event.position().offset();
    }
    return offset_;
  }
  int author_count() { return read(), author_count_; }

 private:
  Hub& hub_;
  std::shared_ptr<Subscription> subscription_ = std::make_shared<Subscription>(100'000, OverflowPolicy::kEnd, [] {});
  bool joined_ = false;
  std::int64_t offset_ = -1;
  int author_count_ = -1;
};

class TwoBackendsTest : public testing::Test {
 protected:
  void send(Backend& backend, int first, int count) {
    std::vector<Answer<pb::SendMessageResponse>> answers(static_cast<std::size_t>(count));
    for (int index = 0; index < count; ++index) {
      // Some are too large to travel in a notification.
      const std::string body = index % 10 == 0 ? std::string(3'900, 'x') : "text";
      backend.chat().send_message(message("lobby", "r" + std::to_string(first + index), body), CallLimit(),
                                  answers[static_cast<std::size_t>(index)].completion());
    }
    for (auto& answer : answers) ASSERT_TRUE(answer.wait().ok());
  }

  MigratedDatabase database_;
  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kError, clock_, log_};
};

TEST_F(TwoBackendsTest, BroadcastToEachOthersSubscribers) {
  Backend first(database_, clock_, logger_, std::chrono::minutes(10));
  Backend second(database_, clock_, logger_, std::chrono::minutes(10));
  ASSERT_TRUE(eventually([&] { return first.connected() > 0 && second.connected() > 0; }));
  LiveReader at_first(first.hub());
  LiveReader at_second(second.hub());
  std::thread other([&] { send(second, 1'000, 200); });
  send(first, 0, 200);
  other.join();
  EXPECT_TRUE(eventually([&] { return at_first.read() == 400 && at_second.read() == 400; }))
      << at_first.read() << " " << at_second.read();
}

TEST_F(TwoBackendsTest, ALostListenerCostsNoMessage) {
  Backend first(database_, clock_, logger_, std::chrono::minutes(10));
  Backend second(database_, clock_, logger_, std::chrono::minutes(10));
  ASSERT_TRUE(eventually([&] { return first.connected() > 0 && second.connected() > 0; }));
  LiveReader at_second(second.hub());
  for (int round = 1; round <= 20; ++round) {
    // Nothing follows the one message that would tell of it.
    database_.terminate_sessions("LISTEN");
    send(first, round, 1);
    ASSERT_TRUE(eventually([&] { return at_second.read() == round; })) << at_second.read();
  }
}

TEST_F(TwoBackendsTest, AMessageWithoutAnyHintComesWithThePoll) {
  Backend listening(database_, clock_, logger_, milliseconds(100));
  LiveReader reader(listening.hub());
  TestStore silent(database_);
  ASSERT_TRUE(silent.send(message("lobby", "r1")).ok());
  EXPECT_TRUE(eventually([&] { return reader.read() == 1; }));
}

TEST_F(TwoBackendsTest, PresenceIsTheSameEverywhere) {
  Backend first(database_, clock_, logger_, std::chrono::minutes(10));
  Backend second(database_, clock_, logger_, std::chrono::minutes(10));
  ASSERT_TRUE(eventually([&] { return first.connected() > 0 && second.connected() > 0; }));
  LiveReader at_second(second.hub());
  pb::ConnectRequest request;
  request.set_gateway_id("g1");
  request.set_room("lobby");
  for (int count = 0; count < 10; ++count) {
    request.set_connection_id("c" + std::to_string(count));
    Answer<pb::ConnectResponse> answer;
    first.chat().connect(request, CallLimit(), answer.completion());
    ASSERT_TRUE(answer.wait().ok());
  }
  EXPECT_TRUE(eventually([&] { return at_second.author_count() == 10; })) << at_second.author_count();
  database_.query("UPDATE gateways SET lease_expire_time = now() - interval '1 ms'");
  first.chat().reap();
  EXPECT_TRUE(eventually([&] { return at_second.author_count() == 0; })) << at_second.author_count();
}

}  // namespace
}  // namespace parley::backend
