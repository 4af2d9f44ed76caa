// The orderly end of a whole gateway.
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using DrainTest = GatewayTest;

TEST_F(DrainTest, DrainAnswersWhatIsUnderWayAndClosesWith1012) {
  std::promise<void> commit;
  const std::shared_future<void> committed = commit.get_future().share();
  std::atomic<bool> sending = false;
  backend.set_interceptor([committed, &sending](const std::string& method) {
    if (method != "SendMessage") return grpc::Status::OK;
    sending = true;
    committed.wait();
    return grpc::Status::OK;
  });
  start();
  const auto writer = proto();
  const auto reader = tutorial();
  writer->send_command(send_command("m1", "den", "the last one"));
  ASSERT_TRUE(eventually([&sending] { return sending.load(); }));
  application->drain();
  EXPECT_EQ(reader->read_close_code(), 1012);
  EXPECT_EQ(application->readiness().code(), absl::StatusCode::kUnavailable);
  // The last one is not done yet: who comes is sent away, in words.
  const HttpAnswer refused = client().upgrade();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("\"reason\":\"SHUTTING_DOWN\""), std::string::npos) << refused.body;
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_EQ(client().get("/readyz").status, 503);
  EXPECT_EQ(client().get("/healthz").status, 200);
  commit.set_value();
  const auto frame = writer->read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->reply().has_send_message());
  EXPECT_EQ(writer->read_close_code(), 1012);
  stop();
  EXPECT_EQ(backend.connection_count(), 0U);
}

TEST_F(DrainTest, DrainEndsInTimeThoughAPeerDoesNotAnswer) {
  options = {"--drain_ms=2000"};
  start();
  const auto deaf = proto();
  const auto began = std::chrono::steady_clock::now();
  stop();
  // The drain, and what a slow machine needs for the rest of the end.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(4'000));
  EXPECT_EQ(backend.connection_count(), 0U);
}

TEST_F(DrainTest, DoesNotWaitLongForABackendThatIsGone) {
  options = {"--drain_ms=8000"};
  start();
  proto()->close();
  auto socket = proto();
  backend.kill();
  ASSERT_TRUE(eventually([this] { return !application->readiness().ok(); }));
  socket->close();
  const auto began = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(5'000));
}

}  // namespace
}  // namespace parley::test
