// What /metrics and the probes say moves when what they tell of happens.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using MetricsTest = GatewayTest;

std::string refusals(const std::string& reason) {
  return absl::StrCat("parley_gateway_refusals_total{reason=\"", reason, "\"}");
}
std::string slowed(const std::string& limit) {
  return absl::StrCat("parley_gateway_slowed_total{limit=\"", limit, "\"}");
}

TEST_F(MetricsTest, QueuesOfSocketsThatDoNotRead) {
  options = {"--send_queue_bytes_max=65536"};
  start();
  WsClient slow = client();
  slow.set_receive_buffer(65'536);
  ASSERT_EQ(slow.upgrade("/ws?room=den", "chat.v1.proto").status, 101);
  ASSERT_TRUE(slow.read_server_frame().has_value());
  call(slow, subscribe_command("s1", "den"));
  EXPECT_EQ(metric("parley_gateway_send_queue_bytes"), 0);
  for (int index = 0; index < 1'200; ++index) backend.post("den", std::string(15'000, 'x'));
  EXPECT_TRUE(eventually([this] { return metric("parley_gateway_slow_consumers_total") >= 1; }));
  // Pages of a megabyte and a half: more than the kernel's buffers take.
  for (int index = 0; index < 30; ++index) {
    pb::ClientFrame frame;
    frame.set_request_id(absl::StrCat("g", index));
    frame.mutable_get_messages()->set_room("den");
    slow.send_command(frame);
  }
  EXPECT_TRUE(eventually([this] { return metric("parley_gateway_full_send_queues") == 1; }));
  EXPECT_GT(metric("parley_gateway_send_queue_bytes"), 0);
  slow.close();
  EXPECT_TRUE(eventually([this] {
    return metric("parley_gateway_full_send_queues") == 0 && metric("parley_gateway_send_queue_bytes") == 0;
  }));
}

TEST_F(MetricsTest, RoomsThatBeginAnew) {
  start();
  const auto socket = proto();
  call(*socket, subscribe_command("s1", "den"));
  backend.post_silently("den", "missed");
  backend.reset_room("den");
  EXPECT_TRUE(eventually([this] { return metric("parley_gateway_room_resets_total") == 1; }));
  EXPECT_TRUE(eventually([this] { return metric("parley_gateway_resyncs_total") == 1; }));
}

TEST_F(MetricsTest, RefusalsOfOneAddress) {
  options = {"--connections_per_address_max=2", "--upgrades_per_address_per_second_max=1"};
  start();
  {
    const auto first = proto();
    const auto second = proto();
    EXPECT_EQ(client().upgrade().status, 429);
    EXPECT_EQ(metric(refusals("TOO_MANY_CONNECTIONS")), 1);
  }
  EXPECT_TRUE(eventually([this] { return backend.connection_count() == 0; }));
  upgrade_until([this](const HttpAnswer&) { return metric(refusals("TOO_MANY_UPGRADES")) >= 1; });
}

TEST_F(MetricsTest, TheUpgradeRateOfAll) {
  // Two at once, then one a second.
  options = {"--connections_max=2", "--upgrades_per_second_max=1"};
  start();
  const HttpAnswer refused =
      upgrade_until([this](const HttpAnswer&) { return metric(refusals("upgrades_per_second_max")) == 1; });
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_NE(refused.body.find("OVERLOADED"), std::string::npos);
}

TEST_F(MetricsTest, SocketsThatAreReadFromLater) {
  options = {"--commands_per_second_max=1", "--frames_per_second_max=5"};
  start();
  const auto socket = proto();
  for (int index = 0; index < 15; ++index) {
    pb::ClientFrame frame;
    frame.set_request_id(absl::StrCat("u", index));
    frame.mutable_unsubscribe()->set_room("den");
    socket->send_command(frame);
  }
  EXPECT_TRUE(eventually([this] { return metric(slowed("commands_per_second_max")) >= 1; }));
  const auto flooding = proto();
  for (int index = 0; index < 60; ++index) flooding->send_frame(kPing, "");
  EXPECT_TRUE(eventually([this] { return metric(slowed("frames_per_second_max")) >= 1; }));
}

TEST_F(MetricsTest, RoomsBeyondThoseOfTheGateway) {
  options = {"--call_deadline_ms=300", "--rooms_max=1"};
  start();
  const auto first = tutorial("?room=den");
  EXPECT_EQ(client().upgrade("/ws?room=attic").status, 503);
  EXPECT_EQ(metric(refusals("rooms_max")), 1);
}

// Goes ahead when it is told to.
class JumpingClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now() + std::chrono::seconds(ahead_s);
  }
  std::atomic<int> ahead_s = 0;
};

// As a thread that has done nothing for so long looks.
TEST_F(MetricsTest, LivenessTellsOfAThreadThatHangs) {
  start();
  JumpingClock jumping;
  gateway::GatewaySettings other = *settings;
  gateway::Application second(other, jumping, random, logger);
  ASSERT_TRUE(second.start().ok());
  EXPECT_TRUE(eventually([&second] { return second.readiness().ok(); }));
  EXPECT_TRUE(second.liveness().ok());
  EXPECT_TRUE(eventually([&] {
    jumping.ahead_s += 11;
    return error_reason(second.liveness()) == "THREAD_HANGS";
  }));
  // It goes on.
  EXPECT_TRUE(eventually([&second] { return second.liveness().ok(); }));
  second.drain();
  EXPECT_EQ(second.wait(), gateway::Application::Ending::kClean);
}

}  // namespace
}  // namespace parley::test
