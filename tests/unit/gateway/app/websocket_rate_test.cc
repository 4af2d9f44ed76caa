// What one socket may ask for in a time: it is read from later, and a message that takes too long ends it.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using WebSocketRateTest = GatewayTest;

TEST_F(WebSocketRateTest, PausesReadingAtTheLimitOfUnansweredCommands) {
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

TEST_F(WebSocketRateTest, LimitsTheRateOfCommandsByWaiting) {
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

TEST_F(WebSocketRateTest, LimitsTheRateOfFramesByWaitingPingsIncluded) {
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

TEST_F(WebSocketRateTest, CountsThePartsOfAMessageAsFrames) {
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

TEST_F(WebSocketRateTest, LimitsTheRateOfBytesByWaiting) {
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

TEST_F(WebSocketRateTest, ClosesWith1008WhenAMessageTakesTooLong) {
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

// RFC 6455, section 5.5.3: an answer to the latest ping will do. A pong that waits takes far more than its bytes.
TEST_F(WebSocketRateTest, FloodsOfPingsMakeNoQueueOfPongs) {
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
