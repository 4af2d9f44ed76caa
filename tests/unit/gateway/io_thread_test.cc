#include "gateway/web/io_thread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace parley::gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSessions = 200;

class DrainedSession final : public Session {
 public:
  DrainedSession(std::size_t number, std::vector<std::size_t>& order, std::vector<TimePoint>& times)
      : number_(number), order_(order), times_(times) {}
  void sweep(TimePoint /*now*/) override {}
  void drain() override {
    order_.push_back(number_);
    times_.push_back(std::chrono::steady_clock::now());
  }
  void abandon() override {}

 private:
  const std::size_t number_;
  std::vector<std::size_t>& order_;
  std::vector<TimePoint>& times_;
};

class IoThreadTest : public testing::Test {
 protected:
  IoThreadTest() {
    for (std::size_t number = 0; number < kSessions; ++number) {
      sessions_.push_back(std::make_shared<DrainedSession>(number, order_, times_));
      thread_.add(sessions_.back());
    }
    thread_.start();
  }
  ~IoThreadTest() override { thread_.stop(); }

  // Runs on the thread and waits.
  template <typename Work>
  auto run(Work work) {
    std::promise<decltype(work())> result;
    thread_.executor().post([&] { result.set_value(work()); });
    return result.get_future().get();
  }
  std::size_t drained() {
    return run([this] { return order_.size(); });
  }

  SystemClock clock_;
  SystemRandom random_;
  std::vector<std::size_t> order_;
  std::vector<Session::TimePoint> times_;
  std::vector<std::shared_ptr<DrainedSession>> sessions_;
  IoThread thread_{clock_, 100ms};
};

TEST_F(IoThreadTest, DrainsInAnOrderOfChanceSpreadOverTheTime) {
  const auto began = std::chrono::steady_clock::now();
  run([this] {
    thread_.drain(400ms, random_);
    return true;
  });
  while (drained() < kSessions) ASSERT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_GE(times_.back() - began, 400ms);
  const auto early = std::count_if(times_.begin(), times_.end(), [&](auto time) { return time - began < 200ms; });
  EXPECT_LT(early, kSessions * 6 / 10) << "not all at once";
  EXPECT_FALSE(std::is_sorted(order_.begin(), order_.end()));
  std::sort(order_.begin(), order_.end());
  EXPECT_EQ(std::unique(order_.begin(), order_.end()), order_.end()) << "each once";
}

TEST_F(IoThreadTest, DrainsAtOnceWithoutASpread) {
  run([this] {
    thread_.drain(0ms, random_);
    return true;
  });
  EXPECT_EQ(drained(), kSessions);
}

TEST_F(IoThreadTest, DrainNowCutsTheSpreadShort) {
  run([this] {
    thread_.drain(1h, random_);
    thread_.drain_now();
    return true;
  });
  EXPECT_EQ(drained(), kSessions);
  EXPECT_TRUE(thread_.draining());
}

class Output final : public Flushable {
 public:
  explicit Output(absl::AnyInvocable<void()> work) : work_(std::move(work)) {}
  void flush() override { work_(); }

 private:
  absl::AnyInvocable<void()> work_;
};

TEST_F(IoThreadTest, FlushesAnswersBeforeBroadcasts) {
  std::string order;
  run([&] {
    thread_.flush_soon(std::make_shared<Output>([&] { order += 'b'; }));
    thread_.flush_first(std::make_shared<Output>([&] { order += 'a'; }));
    order += 'r';
    return true;
  });
  while (run([&] { return order.size(); }) < 3) {
  }
  EXPECT_EQ(order, "rab");
}

TEST_F(IoThreadTest, WhatBecomesReadyRunsWhileManyAreFlushed) {
  constexpr std::size_t kOutputs = 10'000;
  std::size_t flushed = 0;
  std::size_t flushed_when_ready = 0;
  run([&] {
    for (std::size_t index = 0; index < kOutputs; ++index) {
      thread_.flush_soon(std::make_shared<Output>([&] {
        if (++flushed == 1) thread_.executor().post([&] { flushed_when_ready = flushed; });
      }));
    }
    return true;
  });
  while (run([&] { return flushed; }) < kOutputs) {
  }
  EXPECT_GT(flushed_when_ready, 0U);
  EXPECT_LT(flushed_when_ready, kOutputs / 10);
}

}  // namespace
}  // namespace parley::gateway
