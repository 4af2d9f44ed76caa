// What is NATS' own: servers that are not there, go away, fall silent or send too much.
#include "backend/broker/nats_broker.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "tests/postgres/support/listening.h"
#include "tests/postgres/support/nats_cluster.h"
#include "tests/postgres/support/shared_log.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Long enough that it never comes in a test.
constexpr std::chrono::minutes kNever{10};

class NatsBrokerTest : public testing::Test {
 protected:
  std::unique_ptr<NatsBroker> make_broker(NatsBrokerOptions options) {
    options.settle_time = kNever;
    return std::make_unique<NatsBroker>(std::move(options), random_, logger_);
  }
  // Publishes newer and newer changes until the other broker hears of one.
  static bool goes_through(Broker& from, const Listening& to, std::int64_t& offset) {
    const std::int64_t before = to.newest_offset();
    return eventually([&] {
      from.publish(change_hint("lobby", ++offset, "text"));
      return to.newest_offset() > before;
    });
  }
  SystemClock clock_;
  SharedLog log_;
  Logger logger_{"test", LogLevel::kInfo, clock_, log_};
  SystemRandom random_;
};

TEST_F(NatsBrokerTest, AServerThatComesLaterIsFoundAndGetsWhatWaits) {
  NatsCluster cluster(1);
  cluster.signal(1, "KILL");
  const auto first = make_broker(cluster.options());
  const auto second = make_broker(cluster.options());
  const Listening own(*first);
  const Listening others(*second);
  std::int64_t offset = 0;
  first->publish(change_hint("lobby", ++offset, "text"));
  ASSERT_TRUE(eventually([&] { return log_.count("broker_unreachable") == 2; })) << log_.text();
  EXPECT_EQ(others.connected(), 0);
  cluster.launch(1);
  EXPECT_TRUE(eventually([&] { return own.connected() == 1 && others.connected() == 1; }));
  EXPECT_TRUE(goes_through(*first, others, offset));
  first->stop();
  second->stop();
}

TEST_F(NatsBrokerTest, AnotherNodesDeathCostsNoHint) {
  NatsCluster cluster(3);
  const auto first = make_broker(cluster.options({1}));
  const auto second = make_broker(cluster.options({2}));
  const Listening own(*first);
  const Listening others(*second);
  std::int64_t offset = 0;
  ASSERT_TRUE(goes_through(*first, others, offset));
  ASSERT_TRUE(eventually([&] { return others.newest_offset() == offset; }));
  const std::size_t heard = others.hints().size();
  for (int count = 0; count < 2'000; ++count) {
    if (count == 500) cluster.signal(3, "KILL");
    if (count == 1'000) cluster.launch(3);
    first->publish(change_hint("lobby", ++offset, "text"));
  }
  EXPECT_TRUE(eventually([&] { return others.newest_offset() == offset; }));
  EXPECT_EQ(others.hints().size(), heard + 2'000);
  EXPECT_EQ(own.connected() + others.connected(), 2);
  first->stop();
  second->stop();
}

TEST_F(NatsBrokerTest, EachNodeMayDieInTurn) {
  NatsCluster cluster(3);
  const auto first = make_broker(cluster.options());
  const auto second = make_broker(cluster.options());
  const Listening own(*first);
  const Listening others(*second);
  std::int64_t offset = 0;
  ASSERT_TRUE(goes_through(*first, others, offset));
  for (int node = 1; node <= 3; ++node) {
    cluster.signal(node, "KILL");
    EXPECT_TRUE(goes_through(*first, others, offset)) << "without node " << node;
    cluster.launch(node);
    EXPECT_TRUE(goes_through(*first, others, offset)) << "with node " << node;
  }
  first->stop();
  second->stop();
  // Both brokers had to move at least once, and said so.
  EXPECT_GE(log_.count("broker_connection_lost"), 2u);
  EXPECT_EQ(static_cast<std::size_t>(own.connected() + others.connected()), log_.count("broker_connected"));
}

TEST_F(NatsBrokerTest, AFrozenServerIsLeftAndWhatItDidNotConfirmIsSentAgain) {
  NatsCluster cluster(3);
  NatsBrokerOptions options = cluster.options({1, 2});
  options.send_timeout = milliseconds(300);
  options.connect_timeout = milliseconds(300);
  const auto first = make_broker(options);
  const auto second = make_broker(cluster.options({3}));
  const Listening own(*first);
  const Listening others(*second);
  std::int64_t offset = 0;
  ASSERT_TRUE(goes_through(*first, others, offset));
  const int node = log_.count("\"server\":\"" + cluster.server(1).address) > 0 ? 1 : 2;
  cluster.signal(node, "STOP");
  first->publish(presence_hint("unconfirmed"));
  EXPECT_TRUE(eventually([&] { return others.has_room("unconfirmed"); }));
  EXPECT_EQ(others.connected(), 1);
  EXPECT_TRUE(eventually([&] { return own.connected() == 2; }));
  cluster.signal(node, "CONT");
  first->stop();
  second->stop();
}

TEST_F(NatsBrokerTest, AServerThatFallsSilentIsNoticedWithoutSending) {
  NatsCluster cluster(1);
  NatsBrokerOptions options = cluster.options();
  options.ping_interval = milliseconds(100);
  options.connect_timeout = milliseconds(300);
  const auto broker = make_broker(options);
  const Listening listening(*broker);
  ASSERT_TRUE(eventually([&] { return listening.connected() == 1; }));
  cluster.signal(1, "STOP");
  EXPECT_TRUE(eventually([&] { return log_.count("broker_connection_lost") == 1; }));
  const auto began = std::chrono::steady_clock::now();
  broker->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(2));
  cluster.signal(1, "CONT");
}

// A door that a thread waits at.
class Door {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_open_; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

TEST_F(NatsBrokerTest, DroppedHintsAreTold) {
  NatsCluster cluster(1);
  NatsBrokerOptions options = cluster.options();
  options.payloads_pending_max = 4;
  const auto slow = make_broker(options);
  Door door;
  std::atomic<int> connected = 0;
  slow->start({.on_hint = [&](const Hint&) { door.pass(); }, .on_reconnected = [&] { ++connected; }});
  const auto sender = make_broker(cluster.options());
  const Listening listening(*sender);
  ASSERT_TRUE(eventually([&] { return connected == 1 && listening.connected() == 1; }));
  for (int offset = 1; offset <= 1'000; ++offset) {
    sender->publish(change_hint("lobby", offset, std::string(1'000, 'x')));
  }
  sender->stop();
  door.open();
  EXPECT_TRUE(eventually([&] { return connected >= 2; }));
  EXPECT_GE(log_.count("broker_too_slow"), 1u) << log_.text();
  slow->stop();
}

TEST_F(NatsBrokerTest, NoPasswordReachesTheLog) {
  NatsCluster cluster(1);
  NatsBrokerOptions options;
  options.servers = {{.url = "nats://ann:s3cret@" + cluster.server(1).address, .address = cluster.server(1).address}};
  const auto broker = make_broker(options);
  const Listening listening(*broker);
  ASSERT_TRUE(eventually([&] { return listening.connected() == 1; }));
  cluster.signal(1, "KILL");
  ASSERT_TRUE(eventually([&] { return log_.count("broker_unreachable") == 1; }));
  broker->stop();
  EXPECT_EQ(log_.count("s3cret"), 0u) << log_.text();
}

}  // namespace
}  // namespace parley::backend
