// The stream to a backend, in a whole gateway: leases, heartbeats, a new attachment, and which backend is preferred.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "common/errors.h"
#include "common/grpc_status.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using namespace std::chrono_literals;

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

TEST_F(AttachTest, TakesWhatComesTogetherInItsOrder) {
  start();
  const auto socket = proto("?room=den");
  call(*socket, subscribe_command("s1", "den"));
  backend.post_together("den", {"one", "two", "three"});
  backend.post("den", "four");
  for (const char* body : {"one", "two", "three", "four"}) {
    const auto frame = socket->read_server_frame();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->push().event().message().body(), body);
  }
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
    return refused
               ? to_grpc_status(make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "as the test wants it"))
               : grpc::Status::OK;
  });
  start();
  proto()->close();
  EXPECT_TRUE(eventually([this] { return backend.connection_count() == 0; }));
  EXPECT_EQ(attempts, 2);
}

}  // namespace
}  // namespace parley::test
