#include "tests/faults/chaos_backend/chaos_broker.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tests/faults/chaos_backend/signal_switch.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;

constexpr int kHints = 2'000;
constexpr milliseconds kPatience{5'000};

// A broker whose listener the test calls.
class InnerBroker final : public Broker {
 public:
  struct State {
    Listener listener;
    std::vector<Hint> published;
    int stops = 0;
  };
  explicit InnerBroker(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void start(Listener listener) override { state_->listener = std::move(listener); }
  void publish(Hint hint) override { state_->published.push_back(std::move(hint)); }
  void stop() override { ++state_->stops; }

 private:
  const std::shared_ptr<State> state_;
};

class ChaosBrokerTest : public testing::Test {
 protected:
  void start(ChaosOptions options) {
    broker = std::make_unique<ChaosBroker>(std::make_unique<InnerBroker>(inner), options, is_on);
    broker->start({.on_hint = [this](const Hint& hint) { keep(hint); }, .on_reconnected = [this] { ++reconnects; }});
  }
  void tell(int from, int to) {
    for (int offset = from; offset < to; ++offset) inner->listener.on_hint(hint(offset));
  }
  static Hint hint(int offset) {
    Hint made;
    made.room = "room";
    made.position.set_offset(offset);
    return made;
  }
  void keep(const Hint& hint) {
    {
      const std::scoped_lock lock(mutex);
      offsets.push_back(static_cast<int>(hint.position.offset()));
    }
    changed.notify_all();
  }
  // Waits until `count` hints have come.
  std::vector<int> wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, kPatience, [&] { return offsets.size() >= count; });
    return offsets;
  }

  std::shared_ptr<std::atomic<bool>> is_on = std::make_shared<std::atomic<bool>>(true);
  std::shared_ptr<InnerBroker::State> inner = std::make_shared<InnerBroker::State>();
  int reconnects = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int> offsets;
  std::unique_ptr<ChaosBroker> broker;
};

TEST_F(ChaosBrokerTest, PassesEverythingOnWhileItIsOff) {
  *is_on = false;
  start({});
  tell(0, kHints);
  inner->listener.on_reconnected();
  broker->publish(hint(7));
  ASSERT_EQ(offsets.size(), static_cast<std::size_t>(kHints));
  EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
  EXPECT_EQ(reconnects, 1);
  ASSERT_EQ(inner->published.size(), 1U);
  EXPECT_EQ(inner->published[0].position.offset(), 7);
}

TEST_F(ChaosBrokerTest, DropsDoublesDelaysAndShufflesATenthOfEach) {
  start({.delay_least = milliseconds(1), .delay_most = milliseconds(20), .overtaken_within = milliseconds(20)});
  tell(0, kHints);
  *is_on = false;
  tell(kHints, kHints + 1);
  std::vector<int> counts(kHints + 1);
  // About as many are doubled as are dropped; a delayed one may still come.
  const std::vector<int> heard = wait_for(kHints * 19 / 20);
  for (const int offset : heard) ++counts[static_cast<std::size_t>(offset)];
  const auto dropped = std::count(counts.begin(), counts.end(), 0);
  const auto doubled = std::count(counts.begin(), counts.end(), 2);
  int out_of_order = 0;
  for (std::size_t index = 1; index < heard.size(); ++index) out_of_order += heard[index] < heard[index - 1] ? 1 : 0;
  EXPECT_GT(dropped, kHints / 20);
  EXPECT_LT(dropped, kHints / 4);
  EXPECT_GT(doubled, kHints / 20);
  EXPECT_LT(doubled, kHints / 6);
  EXPECT_GT(out_of_order, kHints / 20);
}

TEST_F(ChaosBrokerTest, ADelayedHintComesLate) {
  start({.percent = 25,
         .delay_least = milliseconds(100),
         .delay_most = milliseconds(100),
         .overtaken_within = milliseconds(50)});
  const auto told = std::chrono::steady_clock::now();
  // Each is dropped, doubled, overtaken or delayed.
  tell(0, 100);
  const std::size_t at_once = wait_for(1).size();
  wait_for(at_once + 10);
  EXPECT_GE(std::chrono::steady_clock::now() - told, milliseconds(50));
}

TEST_F(ChaosBrokerTest, AHintThatNothingOvertakesComesAllTheSame) {
  start({.percent = 25,
         .delay_least = milliseconds(1),
         .delay_most = milliseconds(1),
         .overtaken_within = milliseconds(1)});
  // One kind in four is dropped, one comes twice; the others come once, also the last ones.
  tell(0, 100);
  EXPECT_GE(wait_for(80).size(), 80U);
}

TEST_F(ChaosBrokerTest, TheSameSeedDoesTheSame) {
  std::vector<int> first;
  for (int run = 0; run < 2; ++run) {
    start({.seed = 42,
           .delay_least = milliseconds(60'000),
           .delay_most = milliseconds(60'000),
           .overtaken_within = milliseconds(60'000)});
    offsets.clear();
    tell(0, kHints);
    if (run == 0) first = offsets;
  }
  EXPECT_EQ(offsets, first);
}

TEST_F(ChaosBrokerTest, NothingComesAfterStop) {
  start({.percent = 25, .delay_least = milliseconds(10), .delay_most = milliseconds(30)});
  tell(0, kHints);
  broker->stop();
  const std::size_t count = offsets.size();
  broker.reset();
  EXPECT_EQ(offsets.size(), count);
  EXPECT_EQ(inner->stops, 1);
}

TEST_F(ChaosBrokerTest, SignalsSwitchIt) {
  SignalSwitch::prepare_signals();
  *is_on = false;
  const SignalSwitch signal_switch(is_on);
  for (const bool wanted : {true, false, true}) {
    kill(getpid(), wanted ? SIGUSR1 : SIGUSR2);
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (*is_on != wanted && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_EQ(*is_on, wanted);
  }
}

}  // namespace
}  // namespace parley::backend
