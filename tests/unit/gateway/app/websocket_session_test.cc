// RFC 6455 over real sockets: frames, pings, ends.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using WebSocketTest = GatewayTest;

TEST_F(WebSocketTest, PutsFragmentsTogetherAndAnswersPingsBetweenThem) {
  start();
  const auto socket = tutorial();
  socket->send_frame(kText, R"({"action":"send_)", false);
  socket->send_frame(kPing, "are you there");
  socket->send_frame(kContinuation, R"(message","message":"in )", false);
  socket->send_frame(kContinuation, R"(parts","time":"1"})", true);
  const auto pong = socket->read_frame();
  ASSERT_TRUE(pong.has_value());
  EXPECT_EQ(pong->opcode, kPong);
  EXPECT_EQ(pong->payload, "are you there");
  EXPECT_EQ(socket->read_message(), R"({"id":"1","message":"in parts","time":"1"})");
}

TEST_F(WebSocketTest, ClosesWith1003ForTheOtherKindOfFrame) {
  start();
  const auto text = tutorial();
  text->send_frame(kBinary, "x");
  EXPECT_EQ(text->read_close_code(), 1003);
  WsClient json = client();
  json.upgrade("/ws", "chat.v1.json");
  json.send_frame(kBinary, "{}");
  EXPECT_EQ(json.read_close_code(), 1003);
  const auto binary = proto();
  binary->send_text("{}");
  EXPECT_EQ(binary->read_close_code(), 1003);
}

TEST_F(WebSocketTest, ClosesWith1007ForTextThatIsNotUtf8) {
  start();
  const auto socket = tutorial();
  socket->send_text("{\"action\":\"\xFF\"}");
  EXPECT_EQ(socket->read_close_code(), 1007);
}

TEST_F(WebSocketTest, ClosesWith1009BeyondTheLimit) {
  options = {"--frame_bytes_max=2000"};
  start();
  const auto socket = tutorial();
  socket->send_text(std::string(2'001, ' '));
  EXPECT_EQ(socket->read_close_code(), 1009);
  const auto fragments = tutorial();
  fragments->send_frame(kText, std::string(1'500, ' '), false);
  fragments->send_frame(kContinuation, std::string(1'500, ' '), true);
  EXPECT_EQ(fragments->read_close_code(), 1009);
}

TEST_F(WebSocketTest, TakesExactly128KiBByDefault) {
  start();
  const auto socket = tutorial();
  std::string text = R"({"action":"get_messages"})";
  text.resize(131'072, ' ');
  socket->send_text(text);
  EXPECT_EQ(socket->read_message(), R"({"messageType":"all_messages","data":[]})");
  socket->send_text(text + " ");
  EXPECT_EQ(socket->read_close_code(), 1009);
}

TEST_F(WebSocketTest, RefusesFramesThatBreakTheProtocol) {
  start();
  const auto unmasked = tutorial();
  unmasked->send_frame(kText, R"({"action":"get_messages"})", true, WsClient::Masking::kUnmasked);
  EXPECT_EQ(unmasked->read_close_code(), 1002);
  const auto reserved_opcode = tutorial();
  reserved_opcode->send_frame(3, "x");
  EXPECT_EQ(reserved_opcode->read_close_code(), 1002);
  const auto lone_continuation = tutorial();
  lone_continuation->send_frame(kContinuation, "x");
  EXPECT_EQ(lone_continuation->read_close_code(), 1002);
  const auto fragmented_ping = tutorial();
  fragmented_ping->send_frame(kPing, "x", false);
  EXPECT_EQ(fragmented_ping->read_close_code(), 1002);
  const auto long_ping = tutorial();
  long_ping->send_frame(kPing, std::string(126, 'x'));
  EXPECT_EQ(long_ping->read_close_code(), 1002);
}

TEST_F(WebSocketTest, AnswersACloseWithItsCodeAndForgetsTheConnection) {
  start();
  const auto socket = tutorial();
  EXPECT_EQ(backend.connection_count(), 1U);
  socket->send_frame(kClose, std::string("\x03\xE8", 2));
  EXPECT_EQ(socket->read_close_code(), 1000);
  EXPECT_TRUE(socket->reads_end());
  EXPECT_TRUE(eventually([this] { return backend.connection_count() == 0; }));
}

TEST_F(WebSocketTest, ForgetsTheConnectionOfASocketThatIsCutOff) {
  start();
  auto socket = proto();
  EXPECT_EQ(backend.connection_count(), 1U);
  socket->close();
  EXPECT_TRUE(eventually([this] { return backend.connection_count() == 0; }));
}

TEST_F(WebSocketTest, PingsASilentPeerAndClosesADeadOne) {
  options = {"--ping_interval_ms=400"};
  start();
  const auto alive = proto();
  const auto dead = proto();
  for (int round = 0; round < 4; ++round) {
    const auto ping = alive->read_frame();
    ASSERT_TRUE(ping.has_value());
    EXPECT_EQ(ping->opcode, kPing);
    alive->send_frame(kPong, ping->payload);
  }
  EXPECT_TRUE(dead->reads_end());
  const auto ping = alive->read_frame();
  ASSERT_TRUE(ping.has_value());
  EXPECT_EQ(ping->opcode, kPing);
}

// How a socket ended is told apart: by our code, which is the peer's where it closed first.
TEST_F(WebSocketTest, CountsEndsByTheirKind) {
  options = {"--frame_bytes_max=2000", "--message_timeout_ms=300"};
  start();
  const auto closed = [this](const std::string& code) {
    return metric(absl::StrCat("parley_gateway_connections_closed_total{code=\"", code, "\"}"));
  };
  const auto close_with = [this](std::string_view payload) {
    const auto socket = tutorial();
    socket->send_frame(kClose, payload);
    socket->read_close_code();
    EXPECT_TRUE(socket->reads_end());
  };
  close_with("\x03\xE8");
  close_with("");
  close_with("\x0B\xB8");  // 3000
  close_with("\x0F\xA0");  // 4000
  const auto text = tutorial();
  text->send_text("\xFF");
  EXPECT_EQ(text->read_close_code(), 1007);
  const auto giant = tutorial();
  giant->send_text(std::string(2'001, ' '));
  EXPECT_EQ(giant->read_close_code(), 1009);
  const auto slow = tutorial();
  slow->send_frame(kText, "{", false);
  EXPECT_EQ(slow->read_close_code(), 1008);
  const auto cut = tutorial();
  cut->close();
  EXPECT_TRUE(eventually([&closed] { return closed("none") == 1; }));
  EXPECT_EQ(closed("1000"), 1);
  EXPECT_EQ(closed("no_code"), 1);
  EXPECT_EQ(closed("application"), 2);
  EXPECT_EQ(closed("4401"), 0);
  for (const char* code : {"1007", "1008", "1009"}) EXPECT_EQ(closed(code), 1) << code;
}

}  // namespace
}  // namespace parley::test
