// Calls to backends: failover, retries, deadlines.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "common/errors.h"
#include "tests/unit/gateway/support/calls_fixture.h"

namespace parley::test {
namespace {

using namespace std::chrono_literals;

class CallsTest : public BackendCallsTest {
 protected:
  absl::StatusOr<pb::SendMessageResponse> send(const std::string& request_id = "r1") {
    pb::SendMessageRequest request;
    request.set_room("den");
    request.mutable_author()->set_author_id("ann");
    request.set_request_id(request_id);
    request.set_body("hi");
    std::promise<absl::StatusOr<pb::SendMessageResponse>> promise;
    calls->send_message(std::move(request), thread.executor(),
                        [this, &promise](absl::StatusOr<pb::SendMessageResponse> response) {
                          completed_on = std::this_thread::get_id();
                          promise.set_value(std::move(response));
                        });
    return promise.get_future().get();
  }

  // Whether all attempts of a Connect were answered whose first one ends with `first`.
  gateway::Attempts attempts_after(FakeBackend& backend, const grpc::Status& first) {
    auto count = std::make_shared<std::atomic<int>>(0);
    backend.set_interceptor([first, count](const std::string&) { return ++*count == 1 ? first : grpc::Status::OK; });
    pb::ConnectRequest request;
    request.set_connection_id("c1");
    request.set_room("den");
    std::promise<gateway::Attempts> promise;
    calls->connect(std::move(request), thread.executor(),
                   [&promise](const absl::StatusOr<pb::ConnectResponse>& response, gateway::Attempts attempts) {
                     EXPECT_TRUE(response.ok()) << response.status();
                     promise.set_value(attempts);
                   });
    return promise.get_future().get();
  }

  std::thread::id completed_on;
};

TEST_F(CallsTest, CompletesOnTheExecutor) {
  FakeBackend backend;
  start({backend.address()});
  EXPECT_TRUE(send().ok());
  std::promise<std::thread::id> own;
  thread.executor().post([&own] { own.set_value(std::this_thread::get_id()); });
  EXPECT_EQ(completed_on, own.get_future().get());
}

TEST_F(CallsTest, MoreThanMayBeUnderWayAreRefused) {
  FakeBackend backend;
  HeldCalls held(backend);
  start({backend.address()}, {.deadline = 10s, .calls_under_way_max = 2});
  const auto ask = [this] {
    auto promise = std::make_shared<std::promise<absl::StatusOr<pb::GetMessagesResponse>>>();
    pb::GetMessagesRequest request;
    request.set_room("den");
    calls->get_messages(std::move(request), thread.executor(), [promise](absl::StatusOr<pb::GetMessagesResponse> page) {
      promise->set_value(std::move(page));
    });
    return promise->get_future();
  };
  auto first = ask();
  auto second = ask();
  const auto third = ask().get();
  EXPECT_EQ(third.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(error_reason(third.status()), "OVERLOADED");
  EXPECT_EQ(limit_setting(third.status()), "calls_under_way_max");
  // What frees the database's rows is let through.
  std::promise<absl::Status> removed;
  calls->disconnect({}, thread.executor(), [&removed](const absl::StatusOr<pb::DisconnectResponse>& response) {
    removed.set_value(response.status());
  });
  held.release();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_NE(error_reason(removed.get_future().get()), "OVERLOADED");
  EXPECT_TRUE(eventually([this] { return calls->calls_under_way() == 0; }));
  EXPECT_TRUE(ask().get().ok());
}

TEST_F(CallsTest, FailsOverToTheNextBackendAndStaysThere) {
  const auto store = std::make_shared<FakeStore>();
  FakeBackend first(store);
  FakeBackend second(store);
  start({first.address(), second.address()});
  EXPECT_TRUE(send("r1").ok());
  first.kill();
  EXPECT_TRUE(send("r2").ok());
  EXPECT_EQ(pool->current(), 1U);
  EXPECT_EQ(store->rooms["den"].messages.size(), 2U);
}

TEST_F(CallsTest, RetriesWithTheSameRequestIdUntilItSucceeds) {
  FakeBackend backend;
  std::atomic<int> attempts = 0;
  backend.set_interceptor([&attempts](const std::string&) {
    return ++attempts < 4 ? failure(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE") : grpc::Status::OK;
  });
  start({backend.address()});
  EXPECT_TRUE(send().ok());
  EXPECT_EQ(attempts, 4);
  EXPECT_EQ(backend.store().rooms["den"].messages.size(), 1U);
}

TEST_F(CallsTest, GivesUpAtTheDeadlineWithTheLastReason) {
  FakeBackend backend;
  backend.set_interceptor(
      [](const std::string&) { return failure(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE"); });
  start({backend.address()}, {.deadline = 300ms});
  const auto began = std::chrono::steady_clock::now();
  const auto response = send();
  EXPECT_EQ(error_reason(response.status()), "DATABASE_UNAVAILABLE");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(CallsTest, SaysThatNobodyIsThere) {
  FakeBackend backend;
  backend.kill();
  start({backend.address()}, {.deadline = 300ms});
  const auto response = send();
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(error_reason(response.status()), "BACKEND_UNAVAILABLE");
}

TEST_F(CallsTest, AsksAgainWhenTheServerEndsAmidTheCall) {
  FakeBackend backend;
  std::atomic<int> attempts = 0;
  const grpc::StatusCode codes[] = {grpc::CANCELLED, grpc::UNKNOWN, grpc::INTERNAL};
  backend.set_interceptor([&](const std::string&) {
    const int attempt = attempts++;
    return attempt < 3 ? grpc::Status(codes[attempt], "") : grpc::Status::OK;
  });
  start({backend.address()});
  EXPECT_TRUE(send().ok());
  EXPECT_EQ(attempts, 4);
}

TEST_F(CallsTest, ACallThatTheServerNeverFinishesIsRetryable) {
  FakeBackend backend;
  backend.set_interceptor([](const std::string&) { return grpc::Status(grpc::CANCELLED, ""); });
  start({backend.address()}, {.deadline = 300ms});
  const auto response = send();
  EXPECT_EQ(error_reason(response.status()), "BACKEND_UNAVAILABLE");
  EXPECT_TRUE(is_retryable(response.status()));
}

TEST_F(CallsTest, DoesNotRepeatWhatIsFinal) {
  FakeBackend backend;
  std::atomic<int> attempts = 0;
  backend.set_interceptor([&attempts](const std::string&) {
    ++attempts;
    return failure(absl::StatusCode::kInvalidArgument, "BODY_TOO_LONG");
  });
  start({backend.address()});
  EXPECT_EQ(error_reason(send().status()), "BODY_TOO_LONG");
  EXPECT_EQ(attempts, 1);
}

TEST_F(CallsTest, LeavesABackendThatHangsForAnother) {
  const auto store = std::make_shared<FakeStore>();
  FakeBackend hanging(store);
  FakeBackend healthy(store);
  HeldCalls held(hanging);
  start({hanging.address(), healthy.address()}, {.deadline = 2s});
  EXPECT_TRUE(send().ok());
  held.release();
  // The late attempt at the first backend is the same message.
  EXPECT_TRUE(send().ok());
  EXPECT_EQ(store->rooms["den"].messages.size(), 1U);
}

TEST_F(CallsTest, StopEndsWhatIsUnderWay) {
  FakeBackend backend;
  backend.kill();
  start({backend.address()}, {.deadline = 60s});
  std::promise<absl::Status> ended;
  calls->disconnect({}, thread.executor(), [&ended](const absl::StatusOr<pb::DisconnectResponse>& response) {
    ended.set_value(response.status());
  });
  calls->stop();
  EXPECT_FALSE(ended.get_future().get().ok());
  EXPECT_EQ(error_reason(send().status()), "SHUTTING_DOWN");
}

TEST_F(CallsTest, AsksAgainWhenTheOutcomeIsUnknown) {
  FakeBackend backend;
  std::atomic<int> attempts = 0;
  backend.set_interceptor([&attempts](const std::string&) {
    return ++attempts == 1 ? failure(absl::StatusCode::kAborted, "OUTCOME_UNKNOWN") : grpc::Status::OK;
  });
  start({backend.address()});
  EXPECT_TRUE(send().ok());
}

TEST_F(CallsTest, SaysOfAConnectWhetherAnAttemptWasNotAnswered) {
  FakeBackend backend;
  start({backend.address()});
  using gateway::Attempts;
  EXPECT_EQ(attempts_after(backend, grpc::Status::OK), Attempts::kAllAnswered);
  EXPECT_EQ(attempts_after(backend, failure(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE")),
            Attempts::kAllAnswered);
  EXPECT_EQ(attempts_after(backend, failure(absl::StatusCode::kAborted, "OUTCOME_UNKNOWN")), Attempts::kSomeUnanswered);
  EXPECT_EQ(attempts_after(backend, grpc::Status(grpc::CANCELLED, "")), Attempts::kSomeUnanswered);
  EXPECT_EQ(attempts_after(backend, grpc::Status(grpc::UNAVAILABLE, "")), Attempts::kSomeUnanswered);
}

}  // namespace
}  // namespace parley::test
