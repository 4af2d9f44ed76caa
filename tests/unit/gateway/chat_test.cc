// The whole gateway over real sockets, before a fake backend.
#include <gtest/gtest.h>

#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using ChatTest = GatewayTest;

TEST_F(ChatTest, TutorialClientsSeeEachOthersMessages) {
  start();
  const auto alice = tutorial();
  const auto bob = tutorial();
  alice->send_text(R"({"action":"send_message","message":"hello","time":"1700000000123"})");
  const std::string expected = R"({"id":"1","message":"hello","time":"1700000000123"})";
  EXPECT_EQ(alice->read_message(), expected);
  EXPECT_EQ(bob->read_message(), expected);
  bob->send_text(R"({"action":"get_messages"})");
  EXPECT_EQ(bob->read_message(), R"({"messageType":"all_messages","data":[)" + expected + "]}");
}

TEST_F(ChatTest, ProtoClientSubscribesSendsAndSeesTheEvent) {
  start();
  const auto client = proto("?room=den&name=Ann&author_id=ann");
  const pb::Reply subscribed = call(*client, subscribe_command("s1", "den"));
  EXPECT_TRUE(subscribed.subscribe().reset());
  client->send_command(send_command("m1", "den", "hi"));
  bool acknowledged = false;
  bool seen = false;
  while (!acknowledged || !seen) {
    const std::optional<pb::ServerFrame> frame = client->read_server_frame();
    ASSERT_TRUE(frame.has_value());
    if (frame->reply().request_id() == "m1") acknowledged = frame->reply().send_message().message().offset() == 1;
    if (frame->push().event().message().body() == "hi") seen = frame->push().event().position().offset() == 1;
  }
}

}  // namespace
}  // namespace parley::test
