// A whole gateway in this process, on a port of its own, before fake backends.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/logger.h"
#include "common/random.h"
#include "gateway/app/application.h"
#include "gateway/app/gateway_settings.h"
#include "tests/support/fake_backend.h"
#include "tests/unit/gateway/support/ws_client.h"

namespace parley::test {

// Waits until `condition` holds; false after ten seconds.
bool eventually(const std::function<bool()>& condition);

class GatewayTest : public testing::Test {
 protected:
  GatewayTest();
  ~GatewayTest() override;

  // Further options, as on the command line: before start().
  std::vector<std::string> options;
  // Starts the gateway before `backend` and `more_backends`, and waits until it is ready.
  void start();
  // Without waiting.
  void launch();
  // Drains and waits.
  void stop();

  WsClient client() { return WsClient(application->port()); }
  // A client after its upgrade. `Welcome` of chat.v1.proto has been read.
  std::unique_ptr<WsClient> tutorial(const std::string& query = "");
  std::unique_ptr<WsClient> proto(const std::string& query = "");

  // Clients come and go until `is_enough` says so of an answer to an upgrade, which is returned: one after the other,
  // so that only the rate of upgrades can be too high.
  HttpAnswer upgrade_until(const std::function<bool(const HttpAnswer&)>& is_enough);

  static pb::ClientFrame subscribe_command(const std::string& request_id, const std::string& room);
  static pb::ClientFrame send_command(const std::string& request_id, const std::string& room, const std::string& body);
  // What the gateway says of itself: the sample of that name, labels included; -1 without it.
  double metric(const std::string& name) const;
  // Sends it and returns the reply, which must be the next frame but for pushes, which are dropped.
  static pb::Reply call(WsClient& client, const pb::ClientFrame& command);

  FakeBackend backend;
  std::vector<std::string> more_backends;
  SystemClock clock;
  SystemRandom random;
  std::ostringstream log;
  Logger logger{"test", LogLevel::kDebug, clock, log};
  std::unique_ptr<gateway::GatewaySettings> settings;
  std::unique_ptr<gateway::Application> application;
};

}  // namespace parley::test
