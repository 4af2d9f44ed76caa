// Two backends on one database, with each broker between them.
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "backend/chat/chat_rooms.h"
#include "backend/chat/hub.h"
#include "common/periodic.h"
#include "tests/postgres/support/broker_world.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;

// A backend without its gRPC.
class Backend {
 public:
  Backend(const TestDatabase& database, const BrokerWorld& world, const Clock& clock, const Logger& logger,
          milliseconds poll)
      : store_(database),
        hub_(*store_, clock, HubLimits{.poll_interval = poll, .presence_delay = milliseconds(20)}),
        broker_(world.make_broker(random_, logger)),
        chat_(*store_, hub_, *broker_, random_, logger) {
    broker_->start({.on_hint = [this](const Hint& hint) { hub_.take_hint(hint); },
                    .on_reconnected =
                        [this] {
                          ++connected_;
                          hub_.compare_heads();
                        }});
    timer_.emplace(milliseconds(5), [this] { hub_.tick(); });
  }
  ~Backend() {
    timer_.reset();
    broker_->stop();
    store_->stop();
  }
  ChatRooms& chat() { return chat_; }
  Hub& hub() { return hub_; }
  int connected() const { return connected_; }

 private:
  SystemRandom random_;
  std::atomic<int> connected_ = 0;
  TestStore store_;
  Hub hub_;
  const std::unique_ptr<Broker> broker_;
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

class TwoBackendsTest : public testing::TestWithParam<BrokerKind> {
 protected:
  void send(Backend& backend, int first, int count) {
    std::vector<Answer<pb::SendMessageResponse>> answers(static_cast<std::size_t>(count));
    for (int index = 0; index < count; ++index) {
      // Some are too large to travel in a hint.
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
  std::unique_ptr<BrokerWorld> world_ = BrokerWorld::make(GetParam(), database_);
};

INSTANTIATE_TEST_SUITE_P(Each, TwoBackendsTest, testing::Values(BrokerKind::kPostgres, BrokerKind::kNats), broker_name);

TEST_P(TwoBackendsTest, BroadcastToEachOthersSubscribers) {
  Backend first(database_, *world_, clock_, logger_, std::chrono::minutes(10));
  Backend second(database_, *world_, clock_, logger_, std::chrono::minutes(10));
  ASSERT_TRUE(eventually([&] { return first.connected() > 0 && second.connected() > 0; }));
  LiveReader at_first(first.hub());
  LiveReader at_second(second.hub());
  std::thread other([&] { send(second, 1'000, 200); });
  send(first, 0, 200);
  other.join();
  EXPECT_TRUE(eventually([&] { return at_first.read() == 400 && at_second.read() == 400; }))
      << at_first.read() << " " << at_second.read();
}

TEST_P(TwoBackendsTest, ALostConnectionCostsNoMessage) {
  Backend first(database_, *world_, clock_, logger_, std::chrono::minutes(10));
  Backend second(database_, *world_, clock_, logger_, std::chrono::minutes(10));
  ASSERT_TRUE(eventually([&] { return first.connected() > 0 && second.connected() > 0; }));
  LiveReader at_second(second.hub());
  for (int round = 1; round <= 20; ++round) {
    // Nothing follows the one message that would tell of it.
    world_->cut([&] { send(first, round, 1); });
    ASSERT_TRUE(eventually([&] { return at_second.read() == round; })) << at_second.read();
  }
}

TEST_P(TwoBackendsTest, AMessageWithoutAnyHintComesWithThePoll) {
  Backend listening(database_, *world_, clock_, logger_, milliseconds(100));
  LiveReader reader(listening.hub());
  TestStore silent(database_);
  ASSERT_TRUE(silent.send(message("lobby", "r1")).ok());
  EXPECT_TRUE(eventually([&] { return reader.read() == 1; }));
}

TEST_P(TwoBackendsTest, PresenceIsTheSameEverywhere) {
  Backend first(database_, *world_, clock_, logger_, std::chrono::minutes(10));
  Backend second(database_, *world_, clock_, logger_, std::chrono::minutes(10));
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
