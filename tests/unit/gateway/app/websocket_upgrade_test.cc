// Who gets a WebSocket, and who an HTTP status instead.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using WebSocketUpgradeTest = GatewayTest;

TEST_F(WebSocketUpgradeTest, AnswersTheHandshakeWithTheSubprotocol) {
  start();
  WsClient json = client();
  const HttpAnswer answer = json.upgrade("/ws", "chat.v9, chat.v1.json");
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("sec-websocket-protocol"), "chat.v1.json");
  EXPECT_EQ(answer.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.header("sec-websocket-extensions"), "");
  WsClient plain = client();
  EXPECT_EQ(plain.upgrade().header("sec-websocket-protocol"), "");
  EXPECT_NE(json.read_message()->find("\"welcome\""), std::string::npos);
}

TEST_F(WebSocketUpgradeTest, RefusesWhatIsNoHandshake) {
  start();
  EXPECT_EQ(client().get("/ws").status, 426);
  EXPECT_EQ(client()
                .get("/ws",
                     "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
                .header("sec-websocket-version"),
            "13");
  EXPECT_EQ(client().get("/ws", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n").status,
            400);
  EXPECT_EQ(client().upgrade("/other").status, 404);
  EXPECT_EQ(client().upgrade("/ws?room=NO").status, 400);
  EXPECT_EQ(client().upgrade("/ws", "chat.v9").status, 400);
  EXPECT_EQ(backend.connection_count(), 0U);
}

TEST_F(WebSocketUpgradeTest, ChecksTheOrigin) {
  options = {"--allowed_origins=https://chat.example"};
  start();
  WsClient evil = client();
  const HttpAnswer refused = evil.upgrade("/ws", "", "Origin: https://evil.example\r\n");
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("ORIGIN_NOT_ALLOWED"), std::string::npos);
  EXPECT_EQ(client().upgrade("/ws", "", "Origin: https://chat.example\r\n").status, 101);
  EXPECT_EQ(client().upgrade("/ws", "", "Origin: http://localhost\r\n").status, 101);
}

// What comes without TLS comes from a proxy then: a page that came without it was written by whoever sits on the line.
TEST_F(WebSocketUpgradeTest, BehindAProxyWithTlsThePageMustHaveComeOverTls) {
  options = {"--session_cookie=secure"};
  start();
  EXPECT_EQ(client().upgrade("/ws", "", "Origin: http://localhost\r\n").status, 403);
  EXPECT_EQ(client().upgrade("/ws", "", "Origin: https://localhost\r\n").status, 101);
}

TEST_F(WebSocketUpgradeTest, LimitsTheConnections) {
  options = {"--connections_max=3", "--connections_per_address_max=2"};
  start();
  auto first = proto();
  const auto second = proto();
  const HttpAnswer refused = client().upgrade();
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.header("retry-after"), "");
  first->close();
  EXPECT_TRUE(eventually([this] { return client().upgrade().status == 101; }));
}

TEST_F(WebSocketUpgradeTest, LimitsTheRateOfUpgrades) {
  // Two at once, then one a second.
  options = {"--connections_per_address_max=2", "--upgrades_per_address_per_second_max=1"};
  start();
  const HttpAnswer refused = upgrade_until([](const HttpAnswer& answer) { return answer.status == 429; });
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_NE(refused.body.find("TOO_MANY_UPGRADES"), std::string::npos);
  EXPECT_TRUE(eventually([this] { return client().upgrade().status == 101; }));
}

}  // namespace
}  // namespace parley::test
