#include "web/model/link_controller.h"

#include <gtest/gtest.h>

#include "tests/unit/web/model/fakes.h"

namespace parley::web {
namespace {

class LinkControllerTest : public testing::Test, protected LinkListener {
 protected:
  std::string link_query() override { return "room=lobby"; }
  void link_opened() override { ++opened_; }
  void link_received(std::string_view) override { ++received_; }
  void link_lost() override { ++lost_; }
  void link_doubtful() override { ++doubts_; }
  void link_changed() override {}

  void connect() {
    transport_.accept();
    link_.live();
    ASSERT_EQ(state(), LinkState::kConnected);
  }
  LinkState state() const { return link_.link().state; }
  std::size_t attempts() const { return transport_.queries.size(); }
  // As if the server had said something.
  void hear() { transport_.deliver_bytes("x"); }

  ManualClock clock_;
  FakeTimers timers_{clock_};
  FakeRandom random_;
  FakeTransport transport_;
  LinkController link_{transport_, timers_, clock_, random_, *this};
  int opened_ = 0;
  int received_ = 0;
  int lost_ = 0;
  int doubts_ = 0;
};

TEST_F(LinkControllerTest, IsConnectedOnceTheRoomIsSubscribed) {
  link_.start(true);
  EXPECT_EQ(state(), LinkState::kConnecting);
  ASSERT_EQ(attempts(), 1u);
  EXPECT_EQ(transport_.queries[0], "room=lobby");
  transport_.accept();
  EXPECT_EQ(opened_, 1);
  EXPECT_EQ(state(), LinkState::kConnecting);
  link_.live();
  EXPECT_EQ(state(), LinkState::kConnected);
}

// The n-th wait is uniform between 0 and 0.5 s times 2 to the n, and never longer than 30 s.
TEST_F(LinkControllerTest, WaitsLongerEachTimeWithinItsBounds) {
  link_.start(true);
  for (const int most_ms : {500, 1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000, 30'000}) {
    random_.number = static_cast<std::uint64_t>(most_ms);  // the largest that random_below() can answer
    const std::size_t before = attempts();
    transport_.lose();
    EXPECT_EQ(link_.link().retry_in_s, (most_ms + 999) / 1'000);
    timers_.run_for(most_ms - 1);
    EXPECT_EQ(attempts(), before) << most_ms;
    timers_.run_for(1);
    EXPECT_EQ(attempts(), before + 1) << most_ms;
  }
}

TEST_F(LinkControllerTest, NoWaitIsLongerThanItsBound) {
  link_.start(true);
  for (const int most_ms : {500, 1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    random_.number = static_cast<std::uint64_t>(most_ms) + 1;  // one more than there is to draw from: 0
    transport_.lose();
    EXPECT_EQ(link_.link().retry_in_s, 0) << most_ms;
    timers_.run_for(0);
  }
}

TEST_F(LinkControllerTest, TheWaitIsDrawnAtRandom) {
  link_.start(true);
  random_.number = 123;
  transport_.lose();
  timers_.run_for(122);
  EXPECT_EQ(attempts(), 1u);
  timers_.run_for(1);
  EXPECT_EQ(attempts(), 2u);
}

TEST_F(LinkControllerTest, CountsTheSecondsDown) {
  link_.start(true);
  for (int count = 0; count < 3; ++count) {
    random_.number = 0;
    transport_.lose();
    timers_.run_for(0);
  }
  random_.number = 2'300;
  transport_.lose();
  EXPECT_EQ(state(), LinkState::kReconnecting);
  EXPECT_EQ(link_.link().retry_in_s, 3);
  timers_.run_for(300);
  EXPECT_EQ(link_.link().retry_in_s, 2);
  timers_.run_for(1'000);
  EXPECT_EQ(link_.link().retry_in_s, 1);
  timers_.run_for(1'000);
  EXPECT_EQ(link_.link().retry_in_s, 0);
  EXPECT_EQ(state(), LinkState::kReconnecting);
}

TEST_F(LinkControllerTest, OnlyAStableConnectionShortensTheNextWait) {
  link_.start(true);
  for (int count = 0; count < 4; ++count) {
    transport_.lose();
    timers_.run_for(0);
  }
  connect();
  timers_.run_for(LinkController::kStableMs - 1);
  random_.number = 8'000;
  transport_.lose();
  EXPECT_EQ(link_.link().retry_in_s, 8);
  timers_.run_for(8'000);
  connect();
  timers_.run_for(LinkController::kStableMs);
  random_.number = 501;  // more than the shortest wait has: 0
  transport_.lose();
  EXPECT_EQ(link_.link().retry_in_s, 0);
  timers_.run_for(0);
  EXPECT_EQ(attempts(), 7u);
}

TEST_F(LinkControllerTest, AnAttemptThatLeadsNowhereEnds) {
  link_.start(true);
  random_.number = 500;
  timers_.run_for(LinkController::kAttemptMs);
  EXPECT_EQ(state(), LinkState::kReconnecting);
  EXPECT_EQ(transport_.closed, 1);
  timers_.run_for(500);
  EXPECT_EQ(attempts(), 2u);
  transport_.accept();  // open, but the room is never subscribed
  timers_.run_for(LinkController::kAttemptMs);
  EXPECT_EQ(transport_.closed, 2);
}

TEST_F(LinkControllerTest, ComesBackAtOnceWithTheNetwork) {
  link_.start(true);
  connect();
  link_.set_online(false);
  EXPECT_EQ(state(), LinkState::kOffline);
  EXPECT_EQ(lost_, 1);
  timers_.run_for(LinkController::kOfflineLeastMs - 1);
  EXPECT_EQ(attempts(), 1u);
  link_.set_online(true);
  EXPECT_EQ(attempts(), 2u);
  EXPECT_EQ(state(), LinkState::kReconnecting);
  connect();
}

TEST_F(LinkControllerTest, TheBrowserMayBeWrongAboutTheNetwork) {
  link_.start(false);
  EXPECT_EQ(state(), LinkState::kOffline);
  connect();
  link_.set_online(false);
  EXPECT_EQ(state(), LinkState::kConnected) << "no change, no loss";
}

TEST_F(LinkControllerTest, TriesSeldomWhileOffline) {
  link_.start(false);
  transport_.lose();
  timers_.run_for(LinkController::kOfflineLeastMs - 1);
  EXPECT_EQ(attempts(), 1u);
  timers_.run_for(1);
  EXPECT_EQ(attempts(), 2u);
  EXPECT_EQ(state(), LinkState::kOffline);
}

TEST_F(LinkControllerTest, ComesBackAtOnceWithThePage) {
  link_.start(true);
  random_.number = 500;
  transport_.lose();
  link_.page_shown();
  EXPECT_EQ(attempts(), 2u);
}

TEST_F(LinkControllerTest, StopsOnlyWhereTheServerSaysSo) {
  for (const int code : {1000, 1001, 1006, 1009, 1011, 1012, 4000, 4499}) {
    FakeTransport transport;
    LinkController link(transport, timers_, clock_, random_, *this);
    link.start(true);
    transport.lose(code);
    EXPECT_EQ(link.link().state, LinkState::kReconnecting) << code;
  }
  for (const int code : {1008, 4500, 4999}) {
    FakeTransport transport;
    LinkController link(transport, timers_, clock_, random_, *this);
    link.start(true);
    transport.lose(code);
    EXPECT_EQ(link.link().state, LinkState::kRefused) << code;
    EXPECT_FALSE(link.link().reason.empty());
    link.page_shown();
    link.set_online(false);
    link.set_online(true);
    timers_.run_for(100'000);
    EXPECT_EQ(transport.queries.size(), 1u) << code;
  }
}

TEST_F(LinkControllerTest, ASleepEndsTheConnection) {
  link_.start(true);
  connect();
  clock_.sleep(LinkController::kSuspendedMs + 1);
  timers_.run_for(LinkController::kTickMs);
  EXPECT_EQ(attempts(), 2u);
  EXPECT_EQ(lost_, 1);
  EXPECT_EQ(state(), LinkState::kReconnecting);
}

TEST_F(LinkControllerTest, AShortSleepDoesNot) {
  link_.start(true);
  connect();
  clock_.sleep(LinkController::kSuspendedMs - 1);
  timers_.run_for(LinkController::kTickMs);
  EXPECT_EQ(attempts(), 1u);
}

TEST_F(LinkControllerTest, SilenceIsDoubtful) {
  link_.start(true);
  connect();
  timers_.run_for(30'000);
  hear();
  timers_.run_for(30'000);
  EXPECT_EQ(doubts_, 0);
  timers_.run_for(15'000);
  EXPECT_EQ(doubts_, 1);
}

TEST_F(LinkControllerTest, NothingIsHeardOfASocketThatWasLetGo) {
  link_.start(true);
  connect();
  link_.drop();
  EXPECT_EQ(lost_, 1);
  hear();
  transport_.accept();
  EXPECT_EQ(received_, 0);
  EXPECT_EQ(opened_, 1);
  link_.drop();
  EXPECT_EQ(lost_, 1);
}

TEST_F(LinkControllerTest, LeavesNothingBehind) {
  const std::size_t before = timers_.count();
  {
    FakeTransport transport;
    LinkController link(transport, timers_, clock_, random_, *this);
    link.start(true);
    transport.lose();
  }
  EXPECT_EQ(timers_.count(), before);
}

}  // namespace
}  // namespace parley::web
