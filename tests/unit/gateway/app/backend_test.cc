// The backend client: calls with failover and retries, the stream with leases, heartbeats and a new attachment.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/grpc_status.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/backend/grpc_chat_calls.h"
#include "gateway/web/io_thread.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using namespace std::chrono_literals;

grpc::Status failure(absl::StatusCode code, std::string_view reason) {
  return to_grpc_status(make_error(code, reason, "as the test wants it"));
}

class CallsTest : public testing::Test {
 protected:
  ~CallsTest() override {
    if (calls == nullptr) return;
    calls->stop();
    EXPECT_TRUE(eventually([this] { return calls->calls_under_way() == 0; }));
    thread.stop();
  }

  void start(const std::vector<std::string>& addresses, std::chrono::milliseconds deadline = 3s) {
    pool = std::make_unique<gateway::BackendPool>(addresses);
    calls = std::make_unique<gateway::GrpcChatCalls>(*pool, thread.context(), random, deadline);
    thread.start();
  }

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

  SystemClock clock;
  SystemRandom random;
  gateway::IoThread thread{clock, 100ms};
  std::unique_ptr<gateway::BackendPool> pool;
  std::unique_ptr<gateway::GrpcChatCalls> calls;
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
  start({backend.address()}, 300ms);
  const auto began = std::chrono::steady_clock::now();
  const auto response = send();
  EXPECT_EQ(error_reason(response.status()), "DATABASE_UNAVAILABLE");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(CallsTest, SaysThatNobodyIsThere) {
  FakeBackend backend;
  backend.kill();
  start({backend.address()}, 300ms);
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
  start({backend.address()}, 300ms);
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
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  hanging.set_interceptor([released](const std::string&) {
    released.wait();
    return grpc::Status::OK;
  });
  start({hanging.address(), healthy.address()}, 2s);
  EXPECT_TRUE(send().ok());
  release.set_value();
  // The late attempt at the first backend is the same message.
  EXPECT_TRUE(send().ok());
  EXPECT_EQ(store->rooms["den"].messages.size(), 1U);
}

TEST_F(CallsTest, StopEndsWhatIsUnderWay) {
  FakeBackend backend;
  backend.kill();
  start({backend.address()}, 60s);
  std::promise<absl::Status> ended;
  calls->disconnect({}, thread.executor(), [&ended](const absl::StatusOr<pb::DisconnectResponse>& response) {
    ended.set_value(response.status());
  });
  calls->stop();
  EXPECT_FALSE(ended.get_future().get().ok());
  EXPECT_EQ(error_reason(send().status()), "SHUTTING_DOWN");
}

// --- the stream, in a whole gateway

using AttachTest = GatewayTest;

TEST_F(AttachTest, MissesNothingWhileTheStreamIsLost) {
  start();
  const auto socket = proto("?room=den");
  call(*socket, subscribe_command("s1", "den"));
  backend.post("den", "one");
  EXPECT_EQ(socket->read_server_frame()->push().event().message().body(), "one");
  backend.drop_streams();
  backend.post("den", "two");
  backend.post("den", "three");
  for (const char* body : {"two", "three"}) {
    const auto frame = socket->read_server_frame();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->push().event().message().body(), body);
  }
  EXPECT_EQ(backend.connection_count(), 1U);
}

TEST_F(AttachTest, MovesToAnotherBackend) {
  FakeBackend other(std::shared_ptr<FakeStore>(&backend.store(), [](FakeStore*) {}));
  more_backends = {other.address()};
  start();
  const auto socket = proto("?room=den");
  call(*socket, subscribe_command("s1", "den"));
  backend.kill();
  other.post("den", "from the other one");
  const auto frame = socket->read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->push().event().message().body(), "from the other one");
  EXPECT_TRUE(eventually([this] { return application->readiness().ok(); }));
  const pb::Reply reply = call(*socket, send_command("m1", "den", "to it"));
  EXPECT_EQ(reply.send_message().message().body(), "to it");
  stop();
}

TEST_F(AttachTest, GivesUpABackendThatLeavesHeartbeatsUnanswered) {
  backend.lease = 300ms;
  start();
  backend.answers_heartbeats = false;
  EXPECT_TRUE(eventually([this] { return backend.attach_count() >= 2; }));
}

TEST_F(AttachTest, KeepsTheStreamWhileHeartbeatsAreAnswered) {
  backend.lease = 600ms;
  start();
  // Three leases long.
  EXPECT_TRUE(eventually([this] { return backend.heartbeat_count() >= 9; }));
  EXPECT_EQ(backend.attach_count(), 1U);
}

TEST_F(AttachTest, StoresItsConnectionsAgainWhenTheLeaseIsNew) {
  start();
  const auto first = proto("?room=den&name=Ann&author_id=ann");
  const auto second = tutorial();
  {
    // The lease has lapsed, and the rows were reaped with it.
    const std::lock_guard lock(backend.store().mutex);
    backend.store().connections.clear();
    backend.store().leases.clear();
  }
  backend.drop_streams();
  EXPECT_TRUE(eventually([this] { return backend.connection_count() == 2; }));
  const std::lock_guard lock(backend.store().mutex);
  bool found = false;
  for (const auto& [id, request] : backend.store().connections)
    found |= request.author().name() == "Ann" && request.room() == "den";
  EXPECT_TRUE(found);
}

TEST_F(AttachTest, RefusesConnectionsWithoutABackendAndRecovers) {
  backend.kill();
  FakeBackend late;
  more_backends = {late.address()};
  launch();
  EXPECT_EQ(client().get("/healthz").status, 200);
  EXPECT_TRUE(eventually([this] { return client().get("/readyz").status == 200; }));
  late.kill();
  EXPECT_TRUE(eventually([this] { return client().get("/readyz").status == 503; }));
  const HttpAnswer refused = client().upgrade();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_NE(refused.body.find("BACKEND_UNAVAILABLE"), std::string::npos);
}

TEST_F(AttachTest, IsNotReadyWhileNoBackendServesAndRecoversByItself) {
  start();
  backend.set_serving(false);
  EXPECT_TRUE(eventually([this] { return client().get("/readyz").status == 503; }));
  const HttpAnswer not_ready = client().get("/readyz");
  EXPECT_EQ(not_ready.header("content-type"), "application/json");
  EXPECT_NE(not_ready.body.find("\"reason\":\"BACKEND_NOT_SERVING\""), std::string::npos) << not_ready.body;
  EXPECT_EQ(client().get("/healthz").status, 200);
  const HttpAnswer refused = client().upgrade();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.header("retry-after"), "");
  backend.set_serving(true);
  EXPECT_TRUE(eventually([this] { return client().get("/readyz").status == 200; }));
  EXPECT_EQ(backend.attach_count(), 1U) << "with nowhere to go the stream stays";
}

TEST_F(AttachTest, PrefersABackendThatServes) {
  FakeBackend other(std::shared_ptr<FakeStore>(&backend.store(), [](FakeStore*) {}));
  more_backends = {other.address()};
  start();
  const auto socket = proto("?room=den");
  call(*socket, subscribe_command("s1", "den"));
  backend.set_interceptor([](const std::string&) -> grpc::Status {
    ADD_FAILURE() << "called though it does not serve";
    return grpc::Status::OK;
  });
  backend.set_serving(false);
  ASSERT_TRUE(eventually([&other] { return other.has_joined("den"); }));
  EXPECT_TRUE(application->readiness().ok());
  other.post("den", "from the other one");
  const auto frame = socket->read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->push().event().message().body(), "from the other one");
  EXPECT_TRUE(call(*socket, send_command("m1", "den", "to it")).has_send_message());
  other.set_serving(false);
  EXPECT_TRUE(eventually([this] { return !application->readiness().ok(); }));
  backend.set_interceptor([](const std::string&) { return grpc::Status::OK; });
  stop();
}

TEST_F(AttachTest, LeavesARoomAfterItsLastSocket) {
  options = {"--room_linger_ms=0"};
  start();
  const auto socket = proto();
  call(*socket, subscribe_command("s1", "den"));
  EXPECT_TRUE(backend.has_joined("den"));
  pb::ClientFrame command;
  command.set_request_id("u1");
  command.mutable_unsubscribe()->set_room("den");
  EXPECT_TRUE(call(*socket, command).has_unsubscribe());
  EXPECT_TRUE(eventually([this] { return !backend.has_joined("den"); }));
}

TEST_F(AttachTest, RetriesADepartureUntilItIsConfirmed) {
  std::atomic<int> attempts = 0;
  backend.set_interceptor([&attempts](const std::string& method) {
    // A refusal that ends the call.
    const bool refused = method == "Disconnect" && ++attempts == 1;
    return refused ? failure(absl::StatusCode::kResourceExhausted, "OVERLOADED") : grpc::Status::OK;
  });
  start();
  proto()->close();
  EXPECT_TRUE(eventually([this] { return backend.connection_count() == 0; }));
  EXPECT_EQ(attempts, 2);
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

}  // namespace
}  // namespace parley::test
