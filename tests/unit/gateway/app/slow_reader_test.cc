// Sockets that are read too slowly: bounded, and nothing is lost.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using SlowReaderTest = GatewayTest;

TEST_F(SlowReaderTest, ASlowReaderIsBoundedAndResynced) {
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

TEST_F(SlowReaderTest, ASlowTutorialReaderGetsEverythingInOrderAllTheSame) {
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

}  // namespace
}  // namespace parley::test
