// Messages on their way to a backend: many on one stream, in order, over failover, to old backends.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/errors.h"
#include "tests/unit/gateway/support/calls_fixture.h"

namespace parley::test {
namespace {

using namespace std::chrono_literals;
using Response = absl::StatusOr<pb::SendMessageResponse>;

class SendsTest : public BackendCallsTest {
 protected:
  std::future<Response> send(const std::string& request_id, const std::string& body = "hi",
                             const std::string& author_id = "ann") {
    pb::SendMessageRequest request;
    request.set_room("den");
    request.mutable_author()->set_author_id(author_id);
    request.mutable_author()->set_name("Ann");
    request.set_request_id(request_id);
    request.set_body(body);
    request.set_client_time("17");
    auto promise = std::make_shared<std::promise<Response>>();
    calls->send_message(std::move(request), thread.executor(),
                        [promise](Response response) { promise->set_value(std::move(response)); });
    return promise->get_future();
  }

  std::vector<std::future<Response>> send_many(int count) {
    std::vector<std::future<Response>> responses;
    for (int number = 1; number <= count; ++number) responses.push_back(send("r" + std::to_string(number)));
    return responses;
  }

  // Each is answered with its own message, and their order is that of their sending.
  static void expect_all_in_order(std::vector<std::future<Response>>& responses) {
    std::int64_t last = 0;
    for (std::size_t index = 0; index < responses.size(); ++index) {
      const Response response = responses[index].get();
      ASSERT_TRUE(response.ok()) << response.status();
      EXPECT_EQ(response->message().request_id(), "r" + std::to_string(index + 1));
      EXPECT_GT(response->message().offset(), last);
      last = response->message().offset();
    }
    EXPECT_EQ(last, static_cast<std::int64_t>(responses.size())) << "none is stored twice";
  }
};

TEST_F(SendsTest, TheAnswerIsTheWholeMessage) {
  FakeBackend backend;
  start({backend.address()});
  const Response response = send("r1", "text").get();
  ASSERT_TRUE(response.ok()) << response.status();
  const pb::Message stored = backend.store().rooms["den"].messages.at(0);
  EXPECT_EQ(response->message().SerializeAsString(), stored.SerializeAsString());
  EXPECT_EQ(response->epoch(), "epoch-1");
  // A repeat gets the original.
  EXPECT_EQ(send("r1", "another").get()->message().SerializeAsString(), stored.SerializeAsString());
  EXPECT_EQ(backend.send_stream_count(), 1U);
}

TEST_F(SendsTest, ManyShareOneStreamAndKeepTheirOrder) {
  FakeBackend backend;
  start({backend.address()});
  auto responses = send_many(500);
  expect_all_in_order(responses);
  EXPECT_EQ(backend.send_stream_count(), 1U);
}

TEST_F(SendsTest, OrderSurvivesTheLossOfABackend) {
  const auto store = std::make_shared<FakeStore>();
  FakeBackend first(store);
  FakeBackend second(store);
  std::atomic<int> handled = 0;
  first.set_interceptor([&handled](const std::string&) {
    // From then on it can store nothing.
    return ++handled > 20 ? failure(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE") : grpc::Status::OK;
  });
  start({first.address(), second.address()});
  auto responses = send_many(100);
  expect_all_in_order(responses);
  EXPECT_EQ(pool->current(), 1U);
}

TEST_F(SendsTest, OrderSurvivesStreamsThatBreak) {
  FakeBackend backend;
  std::atomic<int> handled = 0;
  backend.set_interceptor([&handled](const std::string&) {
    const int number = ++handled;
    if (number % 40 == 0) return grpc::Status(grpc::UNKNOWN, "");
    return number % 25 == 0 ? failure(absl::StatusCode::kAborted, "OUTCOME_UNKNOWN") : grpc::Status::OK;
  });
  start({backend.address()});
  auto responses = send_many(100);
  expect_all_in_order(responses);
  EXPECT_GT(backend.send_stream_count(), 2U);
}

TEST_F(SendsTest, WhatIsRefusedForGoodFailsAlone) {
  FakeBackend backend;
  start({backend.address()});
  auto first = send("r1");
  auto empty = send("r2", "");
  auto third = send("r3");
  EXPECT_TRUE(first.get().ok());
  EXPECT_EQ(error_reason(empty.get().status()), "BODY_EMPTY");
  EXPECT_TRUE(third.get().ok());
  EXPECT_EQ(backend.send_stream_count(), 1U);
}

// On a stream these would be an error of the whole stream.
// Nor is a backend asked: of calls of their own there could be any number.
TEST_F(SendsTest, WhatNoBackendCouldReadFailsAlone) {
  FakeBackend backend;
  std::atomic<int> asked = 0;
  backend.set_interceptor([&asked](const std::string&) {
    ++asked;
    return grpc::Status::OK;
  });
  start({backend.address()}, {.deadline = 2s});
  auto broken = send("r1", "\xff");
  auto huge = send("r2", std::string(5'000'000, 'x'));
  auto long_one = send("r3", std::string(20'480, 'x'));
  auto long_id = send(std::string(30'000, 'r'));
  auto good = send("r4");
  EXPECT_TRUE(good.get().ok());
  EXPECT_EQ(error_reason(broken.get().status()), "TEXT_INVALID");
  EXPECT_EQ(error_reason(huge.get().status()), "BODY_TOO_LONG");
  EXPECT_EQ(error_reason(long_one.get().status()), "BODY_TOO_LONG");
  EXPECT_EQ(error_reason(long_id.get().status()), "REQUEST_ID_INVALID");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(backend.send_stream_count(), 1U);
}

TEST_F(SendsTest, MoreThanMayWaitIsRefused) {
  FakeBackend backend;
  HeldCalls held(backend);
  start({backend.address()}, {.deadline = 10s, .sends_waiting_max = 3});
  auto responses = send_many(3);
  const Response refused = send("r4").get();
  EXPECT_EQ(error_reason(refused.status()), "OVERLOADED");
  EXPECT_TRUE(is_retryable(refused.status()));
  held.release();
  expect_all_in_order(responses);
  EXPECT_TRUE(send("r4").get().ok());
}

TEST_F(SendsTest, ABackendThatDoesNotAnswerIsTooLateAtTheDeadline) {
  FakeBackend backend;
  HeldCalls held(backend);
  start({backend.address()}, {.deadline = 300ms});
  const auto began = std::chrono::steady_clock::now();
  const Response response = send("r1").get();
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(is_retryable(response.status()));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  held.release();
  EXPECT_TRUE(eventually([this] { return send("r2").get().ok(); }));
}

TEST_F(SendsTest, ABackendThatSaysThatItDoesNotServeIsLeftInOrder) {
  const auto store = std::make_shared<FakeStore>();
  FakeBackend first(store);
  FakeBackend second(store);
  start({first.address(), second.address()});
  EXPECT_TRUE(send("r1").get().ok());
  pool->set_health(1, gateway::BackendHealth::kServing);
  pool->set_health(0, gateway::BackendHealth::kNotServing);
  EXPECT_TRUE(send("r2").get().ok());
  EXPECT_EQ(second.send_stream_count(), 1U);
}

TEST_F(SendsTest, ABackendBeforeTheStreamGetsUnaryCallsInTheOrderOfEachAuthor) {
  FakeBackend backend;
  backend.knows_send_stream = false;
  std::atomic<int> handled = 0;
  backend.set_interceptor([&handled](const std::string&) {
    // Without an order the first would be overtaken.
    if (++handled == 1) std::this_thread::sleep_for(50ms);
    return grpc::Status::OK;
  });
  start({backend.address()});
  auto responses = send_many(20);
  expect_all_in_order(responses);
  EXPECT_EQ(backend.send_stream_count(), 0U);
}

TEST_F(SendsTest, StopEndsWhatIsUnderWayAndRefusesMore) {
  FakeBackend backend;
  backend.kill();
  start({backend.address()}, {.deadline = 60s});
  auto responses = send_many(3);
  calls->stop();
  for (auto& response : responses) EXPECT_EQ(response.get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(error_reason(send("r4").get().status()), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace parley::test
