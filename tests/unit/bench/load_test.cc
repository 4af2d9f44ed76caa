#include "tests/bench/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "tests/bench/storm.h"
#include "tests/unit/bench/faulty_server.h"

namespace parley::bench {
namespace {

constexpr std::size_t kReceivers = 5;

LoadOptions options(const FaultyServer& server) {
  LoadOptions options;
  options.port = server.port();
  options.receivers = kReceivers;
  options.senders = 2;
  options.rate = 200;
  options.warm_up = std::chrono::milliseconds(50);
  options.duration = std::chrono::milliseconds(500);
  options.processes = {{.name = "me", .pid = getpid()}};
  return options;
}

// Messages that a late machine does not push together: the server counts them as they come.
LoadOptions calm(const FaultyServer& server) {
  LoadOptions calm = options(server);
  calm.rate = 40;
  return calm;
}

LoadResult run(const LoadOptions& options) {
  const absl::StatusOr<LoadResult> result = run_load(options, *make_protocol("plain"));
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : LoadResult();
}

std::string right(std::size_t, std::size_t, const std::string& frame) { return frame; }

void expect_flawless(const LoadResult& result) {
  EXPECT_EQ(result.missing, 0U);
  EXPECT_EQ(result.doubled, 0U);
  EXPECT_EQ(result.misordered, 0U);
  EXPECT_EQ(result.foreign, 0U);
  EXPECT_EQ(result.receivers_that_differ, 0U);
  EXPECT_EQ(result.connections_lost, 0U);
}

TEST(Load, FindsNothingWrongWithAServerThatIsRight) {
  const FaultyServer server(right);
  const LoadResult result = run(options(server));
  expect_flawless(result);
  // A hundred are due; on a late machine the end may come before the last of them.
  EXPECT_GT(result.sent, 20U);
  EXPECT_LE(result.sent, 105U);
  EXPECT_EQ(result.delivery.count(), result.sent * kReceivers);
  EXPECT_EQ(result.lateness.count(), result.sent);
  ASSERT_EQ(result.costs.processes.size(), 1U);
}

TEST(Load, PutsFramesTogetherThatComeInPieces) {
  const FaultyServer server(right, FaultyServer::Writes::kInPieces);
  const LoadResult result = run(options(server));
  expect_flawless(result);
  EXPECT_EQ(result.delivery.count(), result.sent * kReceivers);
}

TEST(Load, CountsWhatIsLost) {
  const FaultyServer server([](std::size_t message, std::size_t receiver, const std::string& frame) {
    return receiver == 1 && message % 10 == 3 ? std::string() : frame;
  });
  const LoadResult result = run(options(server));
  EXPECT_GE(result.missing, result.sent / 10);
  EXPECT_LE(result.missing, 13U);
  EXPECT_EQ(result.doubled, 0U);
  EXPECT_EQ(result.receivers_that_differ, 1U);
}

TEST(Load, CountsTheVeryLastMessageWhenItIsLost) {
  LoadOptions wanted;
  const FaultyServer server([](std::size_t message, std::size_t receiver, const std::string& frame) {
    return receiver == 0 && message == 9 ? std::string() : frame;
  });
  wanted = options(server);
  wanted.rate = 20;  // ten messages, numbers 0 to 9, and none after them
  wanted.warm_up = {};
  EXPECT_EQ(run(wanted).missing, 1U);
}

TEST(Load, CountsWhatIsDoubled) {
  const FaultyServer server([](std::size_t message, std::size_t receiver, const std::string& frame) {
    return receiver == 2 && message % 10 == 3 ? frame + frame : frame;
  });
  const LoadResult result = run(options(server));
  EXPECT_GE(result.doubled, result.sent / 10);
  EXPECT_LE(result.doubled, 13U);
  EXPECT_EQ(result.missing, 0U);
  EXPECT_EQ(result.misordered, 0U);
}

TEST(Load, CountsWhatIsMisordered) {
  std::string kept;
  // Messages 10 and 12 are of the same sender.
  const FaultyServer server([&kept](std::size_t message, std::size_t receiver, const std::string& frame) {
    if (receiver != 0) return frame;
    if (message == 10) kept = frame;
    if (message == 12) return frame + kept;
    return message == 10 ? std::string() : frame;
  });
  const LoadResult result = run(calm(server));
  EXPECT_EQ(result.misordered, 1U);
  EXPECT_EQ(result.missing, 0U);
  EXPECT_EQ(result.doubled, 0U);
}

TEST(Load, SeesThatReceiversDoNotAgreeOnTheOrderOfTwoSenders) {
  std::string kept;
  const FaultyServer server([&kept](std::size_t message, std::size_t receiver, const std::string& frame) {
    if (receiver != 3) return frame;
    if (message == 10) kept = frame;
    if (message == 11) return frame + kept;
    return message == 10 ? std::string() : frame;
  });
  const LoadResult result = run(calm(server));
  EXPECT_EQ(result.misordered, 0U);
  EXPECT_EQ(result.receivers_that_differ, 1U);
}

// The server stands still for 200 ms, in which 40 messages are due. A generator that waited for it would see one late
// message; each of those 40 was late.
TEST(Load, LatencyCountsFromWhenAMessageWasDue) {
  const FaultyServer server([](std::size_t message, std::size_t receiver, const std::string& frame) {
    if (message == 50 && receiver == 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return frame;
  });
  const LoadResult result = run(options(server));
  expect_flawless(result);
  EXPECT_GT(result.sent, 62U) << "the schedule does not wait: a hundred are due, 40 of them meanwhile";
  EXPECT_GE(result.delivery.quantile(0.999), std::chrono::milliseconds(180));
  // 20 of about 100 messages waited for 100 ms or longer.
  EXPECT_GE(result.delivery.quantile(0.85), std::chrono::milliseconds(90));
}

TEST(Load, IsAbandonedAtALatencyWithoutHope) {
  const FaultyServer server([](std::size_t message, std::size_t receiver, const std::string& frame) {
    if (message == 20 && receiver == 0) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return frame;
  });
  LoadOptions wanted = options(server);
  wanted.duration = std::chrono::seconds(60);
  wanted.give_up = std::chrono::milliseconds(200);
  EXPECT_TRUE(run(wanted).is_abandoned);
}

TEST(Load, CountsAFragmentAsAProblem) {
  const FaultyServer server([](std::size_t, std::size_t, const std::string& frame) {
    std::string fragment = frame;
    fragment[0] = 0x01;
    return fragment;
  });
  EXPECT_EQ(run_load(options(server), *make_protocol("plain")).status().code(), absl::StatusCode::kUnimplemented);
}

TEST(Crowd, StaysForSeveralRunsAndKeepsThemApart) {
  // What was said last in the first run comes when the second one has begun.
  std::string kept;
  std::size_t said = 0;
  const FaultyServer server([&](std::size_t message, std::size_t receiver, const std::string& frame) {
    if (receiver == 0) ++said;
    if (receiver != 0) return frame;
    if (message == 9) kept = frame;
    if (message == 9) return std::string();
    return message == 12 ? kept + frame : frame;
  });
  LoadOptions wanted = options(server);
  wanted.rate = 20;
  wanted.warm_up = {};
  const std::unique_ptr<Protocol> protocol = make_protocol("plain");
  const auto crowd = Crowd::join(wanted, *protocol);
  ASSERT_TRUE(crowd.ok()) << crowd.status();
  const absl::StatusOr<LoadResult> first = run_load(**crowd, wanted);
  ASSERT_TRUE((*crowd)->settle().ok());
  const absl::StatusOr<LoadResult> second = run_load(**crowd, wanted);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->missing, 1U);
  expect_flawless(*second);
  // Its own 10, of which a slow machine sends some after the measured time; the first is due as that begins.
  EXPECT_GT(second->sent, 0U);
  EXPECT_LE(second->sent, 11U);
  EXPECT_EQ(said, 20U);
}

TEST(Crowd, IsThereAgainAfterAStorm) {
  const FaultyServer server(right);
  const std::unique_ptr<Protocol> protocol = make_protocol("plain");
  const auto crowd = Crowd::join(options(server), *protocol);
  ASSERT_TRUE(crowd.ok()) << crowd.status();
  const absl::StatusOr<StormResult> storm =
      run_storm(**crowd, {.wait_first = std::chrono::milliseconds(20), .limit = std::chrono::seconds(10)});
  ASSERT_TRUE(storm.ok()) << storm.status();
  EXPECT_EQ(storm->not_live, 0U);
  EXPECT_EQ(storm->failed, 0U);
  EXPECT_EQ(storm->attempts, kReceivers + 2);
  EXPECT_EQ(storm->live.count(), kReceivers + 2);
  ASSERT_TRUE((*crowd)->settle().ok());
}

TEST(Load, RefusesWhatCannotBe) {
  const FaultyServer server(right);
  LoadOptions wanted = options(server);
  wanted.rooms = 3;  // and two senders
  EXPECT_EQ(run_load(wanted, *make_protocol("plain")).status().code(), absl::StatusCode::kInvalidArgument);
  wanted = options(server);
  wanted.rate = 0;  // and a server that answers nothing
  EXPECT_EQ(run_load(wanted, *make_protocol("plain")).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace parley::bench
