// RFC 6455 over real sockets.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using WebSocketTest = GatewayTest;

TEST_F(WebSocketTest, AnswersTheHandshakeWithTheSubprotocol) {
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

TEST_F(WebSocketTest, PausesReadingAtTheLimitOfUnansweredCommands) {
  options = {"--commands_outstanding_max=3", "--pages_outstanding_max=10"};
  std::atomic<bool> blocked = true;
  std::atomic<int> calls = 0;
  backend.set_interceptor([&blocked, &calls](const std::string& method) {
    if (method == "GetMessages") {
      ++calls;
      EXPECT_TRUE(eventually([&blocked] { return !blocked; }));
    }
    return grpc::Status::OK;
  });
  start();
  const auto socket = proto();
  for (int index = 0; index < 10; ++index) {
    pb::ClientFrame frame;
    frame.set_request_id(absl::StrCat("g", index));
    frame.mutable_get_messages()->set_room("den");
    socket->send_command(frame);
  }
  EXPECT_TRUE(eventually([&calls] { return calls == 3; }));
  // A fourth one would have come by now: another connection's whole life fits in between.
  proto()->close();
  EXPECT_EQ(calls, 3);
  blocked = false;
  std::set<std::string> answered;
  for (int index = 0; index < 10; ++index) {
    const auto frame = socket->read_server_frame();
    ASSERT_TRUE(frame.has_value());
    answered.insert(frame->reply().request_id());
  }
  EXPECT_EQ(answered.size(), 10U);
}

TEST_F(WebSocketTest, LimitsTheRateOfCommandsByWaiting) {
  options = {"--commands_per_second_max=1"};
  start();
  const auto socket = proto();
  const auto ask = [&socket](int index) {
    pb::ClientFrame frame;
    frame.set_request_id(absl::StrCat("u", index));
    frame.mutable_unsubscribe()->set_room("den");
    socket->send_command(frame);
  };
  for (int index = 0; index < 11; ++index) ask(index);
  const auto began = std::chrono::steady_clock::now();
  for (int index = 0; index < 11; ++index) {
    const auto frame = socket->read_server_frame();
    ASSERT_TRUE(frame.has_value());
    EXPECT_TRUE(frame->reply().has_unsubscribe());
  }
  // Ten at once, the eleventh a second later.
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(700));
}

TEST_F(WebSocketTest, LimitsTheRateOfFramesByWaitingPingsIncluded) {
  options = {"--frames_per_second_max=2"};
  start();
  const auto socket = proto();
  // Ten seconds' worth at once, the next ones when their time has come.
  for (int index = 0; index < 22; ++index) socket->send_frame(kPing, absl::StrCat(index));
  const auto began = std::chrono::steady_clock::now();
  // Of twenty that are read at once not each is answered.
  std::string last;
  while (last != "21") {
    const auto pong = socket->read_frame();
    ASSERT_TRUE(pong.has_value());
    ASSERT_EQ(pong->opcode, kPong);
    last = pong->payload;
  }
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(700));
  socket->close();
  stop();
  EXPECT_NE(log.str().find("frames_per_second_max"), std::string::npos);
}

TEST_F(WebSocketTest, CountsThePartsOfAMessageAsFrames) {
  options = {"--frames_per_second_max=1"};
  start();
  const auto socket = tutorial();
  socket->send_frame(kText, "", false);
  for (int index = 0; index < 10; ++index) socket->send_frame(kContinuation, "", false);
  const auto began = std::chrono::steady_clock::now();
  // The first one may be read together with the parts, before they count.
  for (const char* word : {"with", "after"}) socket->send_frame(kPing, word);
  for (const char* word : {"with", "after"}) {
    const auto pong = socket->read_frame();
    ASSERT_TRUE(pong.has_value());
    EXPECT_EQ(pong->payload, word);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(500));
}

TEST_F(WebSocketTest, LimitsTheRateOfBytesByWaiting) {
  options = {"--bytes_per_second_max=10000"};
  start();
  const auto socket = tutorial();
  std::string text = R"({"action":"get_messages"})";
  text.resize(110'000, ' ');
  const auto began = std::chrono::steady_clock::now();
  socket->send_text(text);
  EXPECT_TRUE(socket->read_message().has_value());
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(500));
}

TEST_F(WebSocketTest, ClosesWith1008WhenAMessageTakesTooLong) {
  options = {"--message_timeout_ms=300"};
  start();
  const auto honest = proto();
  const auto in_parts = tutorial();
  in_parts->send_frame(kText, "{", false);
  const auto trickling = tutorial();
  // A frame of a hundred bytes whose bytes come one by one: it is never silent.
  trickling->send_raw(std::string("\x81\xE4\0\0\0\0", 6));
  int sent = 0;
  while (!trickling->has_answer(std::chrono::milliseconds(20))) {
    trickling->send_raw(" ");
    ASSERT_LT(++sent, 90);
  }
  EXPECT_GT(sent, 3);
  EXPECT_EQ(trickling->read_close_code(), 1008);
  EXPECT_EQ(in_parts->read_close_code(), 1008);
  // Whoever says nothing is in no message.
  honest->send_frame(kPing, "here");
  EXPECT_EQ(honest->read_frame()->payload, "here");
}

TEST_F(WebSocketTest, LimitsTheRateOfUpgrades) {
  // Two at once, then one a second.
  options = {"--connections_per_address_max=2", "--upgrades_per_address_per_second_max=1"};
  start();
  const HttpAnswer refused = upgrade_until([](const HttpAnswer& answer) { return answer.status == 429; });
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_NE(refused.body.find("TOO_MANY_UPGRADES"), std::string::npos);
  EXPECT_TRUE(eventually([this] { return client().upgrade().status == 101; }));
}

TEST_F(WebSocketTest, RefusesWhatIsNoHandshake) {
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

TEST_F(WebSocketTest, ChecksTheOrigin) {
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
TEST_F(WebSocketTest, BehindAProxyWithTlsThePageMustHaveComeOverTls) {
  options = {"--session_cookie=secure"};
  start();
  EXPECT_EQ(client().upgrade("/ws", "", "Origin: http://localhost\r\n").status, 403);
  EXPECT_EQ(client().upgrade("/ws", "", "Origin: https://localhost\r\n").status, 101);
}

TEST_F(WebSocketTest, LimitsTheConnections) {
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

TEST_F(WebSocketTest, ASlowReaderIsBoundedAndResynced) {
  options = {"--send_queue_bytes_max=65536"};
  start();
  WsClient slow = client();
  slow.set_receive_buffer(65'536);
  ASSERT_EQ(slow.upgrade("/ws?room=den", "chat.v1.proto").status, 101);
  ASSERT_TRUE(slow.read_server_frame().has_value());
  call(slow, subscribe_command("s1", "den"));
  // Far more than the queue and the kernel's buffers hold.
  constexpr int kMessages = 1'200;
  for (int index = 0; index < kMessages; ++index) backend.post("den", std::string(15'000, 'x'));
  // Reading on, it gets events without a hole, then a resync from the last of them.
  std::int64_t last = 0;
  for (;;) {
    const auto frame = slow.read_server_frame();
    ASSERT_TRUE(frame.has_value());
    if (frame->push().has_resync()) {
      EXPECT_EQ(frame->push().resync().room(), "den");
      EXPECT_EQ(frame->push().resync().position().offset(), last);
      break;
    }
    ASSERT_TRUE(frame->push().has_event());
    ASSERT_EQ(frame->push().event().position().offset(), ++last);
  }
  EXPECT_LT(last, kMessages);
  pb::ClientFrame again = subscribe_command("s2", "den");
  again.mutable_subscribe()->mutable_position()->set_epoch("epoch-1");
  again.mutable_subscribe()->mutable_position()->set_offset(last);
  const pb::Reply reply = call(slow, again);
  EXPECT_EQ(reply.subscribe().position().offset(), kMessages);
  backend.post("den", "afterwards");
  const auto next = slow.read_server_frame();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->push().event().message().body(), "afterwards");
}

TEST_F(WebSocketTest, ASlowTutorialReaderGetsEverythingInOrderAllTheSame) {
  options = {"--send_queue_bytes_max=65536"};
  backend.resume_changes_max = 100;
  start();
  WsClient slow = client();
  slow.set_receive_buffer(65'536);
  ASSERT_EQ(slow.upgrade("/ws?room=den").status, 101);
  constexpr int kMessages = 1'000;
  for (int index = 1; index <= kMessages; ++index) backend.post("den", std::string(15'000, 'x'), absl::StrCat(index));
  for (int index = 1; index <= kMessages; ++index) {
    const auto message = slow.read_message();
    ASSERT_TRUE(message.has_value()) << index;
    ASSERT_EQ(message->substr(0, 16).find(absl::StrCat("{\"id\":\"", index, "\"")), 0U) << index;
  }
  backend.post("den", "live again", "now");
  EXPECT_EQ(slow.read_message(),
            absl::StrCat("{\"id\":\"", kMessages + 1, "\",\"message\":\"live again\",\"time\":\"now\"}"));
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

// RFC 6455, section 5.5.3: an answer to the latest ping will do. A pong that waits takes far more than its bytes.
TEST_F(WebSocketTest, FloodsOfPingsMakeNoQueueOfPongs) {
  options = {"--frames_per_second_max=100000"};
  start();
  const auto socket = proto();
  constexpr int kPings = 5'000;
  std::string flood;
  for (int index = 1; index <= kPings; ++index) {
    const std::string payload = absl::StrCat(index);
    absl::StrAppend(&flood, "\x89", std::string(1, static_cast<char>(0x80 | payload.size())), std::string(4, '\0'),
                    payload);
  }
  socket->send_raw(flood);
  int pongs = 0;
  int last = 0;
  while (last < kPings) {
    const auto frame = socket->read_frame();
    ASSERT_TRUE(frame.has_value());
    ASSERT_EQ(frame->opcode, kPong);
    ASSERT_GT(std::stoi(frame->payload), last);
    last = std::stoi(frame->payload);
    ++pongs;
  }
  EXPECT_LT(pongs, 500) << "it read them sixty thousand bytes at a time";
  // Whoever sends a few gets an answer to each.
  for (int index = 0; index < 16; ++index) socket->send_frame(kPing, absl::StrCat(index));
  for (int index = 0; index < 16; ++index) EXPECT_EQ(socket->read_frame()->payload, absl::StrCat(index));
}

}  // namespace
}  // namespace parley::test
