// The whole gateway over real sockets, before a fake backend.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/grpc_status.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

using ChatTest = GatewayTest;

// Takes the text between `"key":"` and the next quote.
std::string text_of(const std::string& json, const std::string& key) {
  const std::string mark = "\"" + key + "\":\"";
  const std::size_t begin = json.find(mark);
  if (begin == std::string::npos) return {};
  return json.substr(begin + mark.size(), json.find('"', begin + mark.size()) - begin - mark.size());
}

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

TEST_F(ChatTest, TutorialErrorsNameTheConnectionAndTheRequest) {
  start();
  const auto socket = tutorial();
  std::string id;
  {
    const std::lock_guard lock(backend.store().mutex);
    id = backend.store().connections.begin()->first;
  }
  std::string last_request;
  for (const char* text : {"nope", "{}", R"({"action":"subscribe","room":"lobby"})"}) {
    socket->send_text(text);
    const std::string answer = socket->read_message().value_or("");
    EXPECT_EQ(answer.find("{\"message\": \"Forbidden\", \"connectionId\":\""), 0U) << answer;
    EXPECT_EQ(text_of(answer, "connectionId"), id);
    EXPECT_NE(text_of(answer, "requestId"), last_request);
    last_request = text_of(answer, "requestId");
  }
  for (const char* text : {R"({"action":"send_message","message":7})", R"({"action":"send_message","message":""})"}) {
    socket->send_text(text);
    EXPECT_EQ(socket->read_message()->find("{\"message\": \"Internal server error\""), 0U) << text;
  }
  socket->send_text(R"({"action":"get_messages"})");
  EXPECT_EQ(socket->read_message(), R"({"messageType":"all_messages","data":[]})");
}

TEST_F(ChatTest, TutorialSocketsGetNothingButTheirRoomsMessages) {
  start();
  const auto socket = tutorial("?room=den");
  backend.send_presence("den", {"Ann", "Bob"});
  const auto other = tutorial("?room=attic");
  other->send_text(R"({"action":"send_message","message":"in the attic"})");
  EXPECT_TRUE(other->read_message().has_value());
  backend.post("den", "in the den", "now");
  EXPECT_EQ(socket->read_message(), R"({"id":"1","message":"in the den","time":"now"})");
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

TEST_F(ChatTest, WelcomeSaysWhoOneIs) {
  start();
  WsClient socket = client();
  socket.upgrade("/ws?room=den&name=Ann+B&author_id=ann", "chat.v1.proto");
  const auto frame = socket.read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->push().welcome().room(), "den");
  EXPECT_EQ(frame->push().welcome().author().author_id(), "ann");
  EXPECT_EQ(frame->push().welcome().author().name(), "Ann B");
  EXPECT_NE(frame->push().welcome().connection_id(), "");
}

TEST_F(ChatTest, NothingIsLostOrDoubledWhenMessagesComeWhileSubscribing) {
  start();
  // Between the join and the answer of Resume a message is stored and told, after it another.
  backend.set_interceptor([this](const std::string& method) {
    if (method == "Resume") backend.post("den", "while resuming");
    return grpc::Status::OK;
  });
  const auto socket = proto();
  pb::ClientFrame command = subscribe_command("s1", "den");
  command.mutable_subscribe()->mutable_position()->set_epoch("epoch-1");
  socket->send_command(command);
  const auto reply = socket->read_server_frame();
  ASSERT_TRUE(reply.has_value() && reply->has_reply());
  EXPECT_EQ(reply->reply().subscribe().messages_size(), 1);
  EXPECT_EQ(reply->reply().subscribe().position().offset(), 1);
  backend.post("den", "afterwards");
  const auto next = socket->read_server_frame();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->push().event().position().offset(), 2);
}

TEST_F(ChatTest, AResetOfTheStreamResyncsItsSubscribers) {
  start();
  const auto socket = proto();
  call(*socket, subscribe_command("s1", "den"));
  const auto old = tutorial("?room=den");
  backend.post_silently("den", "missed");
  backend.reset_room("den");
  const auto resync = socket->read_server_frame();
  ASSERT_TRUE(resync.has_value());
  EXPECT_EQ(resync->push().resync().room(), "den");
  EXPECT_EQ(resync->push().resync().position().offset(), 0);
  // The tutorial's client knows no resync: the gateway has caught up for it.
  EXPECT_EQ(text_of(old->read_message().value_or(""), "message"), "missed");
  // Nothing comes until one subscribes again.
  backend.post("den", "later");
  pb::ClientFrame again = subscribe_command("s2", "den");
  *again.mutable_subscribe()->mutable_position() = resync->push().resync().position();
  socket->send_command(again);
  const auto reply = socket->read_server_frame();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->reply().subscribe().messages_size(), 2);
}

TEST_F(ChatTest, UnsubscribingEndsTheEvents) {
  start();
  const auto socket = proto();
  call(*socket, subscribe_command("s1", "den"));
  call(*socket, subscribe_command("s2", "attic"));
  pb::ClientFrame command;
  command.set_request_id("u1");
  command.mutable_unsubscribe()->set_room("den");
  EXPECT_TRUE(call(*socket, command).has_unsubscribe());
  backend.post("den", "unheard");
  backend.post("attic", "heard");
  const auto frame = socket->read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->push().event().message().body(), "heard");
}

TEST_F(ChatTest, CommandsForOneRoomAreHandledInOrderAndEachIsAnswered) {
  start();
  const auto socket = proto();
  pb::ClientFrame unsubscribe;
  unsubscribe.set_request_id("2");
  unsubscribe.mutable_unsubscribe()->set_room("den");
  socket->send_command(subscribe_command("1", "den"));
  socket->send_command(unsubscribe);
  socket->send_command(subscribe_command("3", "den"));
  socket->send_command(subscribe_command("4", "den"));
  for (const char* id : {"1", "2", "3", "4"}) {
    const auto frame = socket->read_server_frame();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->reply().request_id(), id);
    EXPECT_FALSE(frame->reply().has_error());
  }
  backend.post("den", "once");
  backend.post("den", "twice");
  EXPECT_EQ(socket->read_server_frame()->push().event().message().body(), "once");
  EXPECT_EQ(socket->read_server_frame()->push().event().message().body(), "twice");
}

TEST_F(ChatTest, RoomsAreLimitedAndChecked) {
  options = {"--rooms_per_connection_max=2"};
  start();
  const auto socket = proto();
  EXPECT_TRUE(call(*socket, subscribe_command("1", "a")).has_subscribe());
  EXPECT_TRUE(call(*socket, subscribe_command("2", "b")).has_subscribe());
  const pb::Reply third = call(*socket, subscribe_command("3", "c"));
  EXPECT_EQ(third.error().code(), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(third.error().reason(), "TOO_MANY_ROOMS");
  EXPECT_FALSE(third.error().retryable());
  EXPECT_TRUE(call(*socket, subscribe_command("4", "a")).has_subscribe());
  EXPECT_EQ(call(*socket, subscribe_command("5", "../x")).error().reason(), "ROOM_NAME_INVALID");
}

TEST_F(ChatTest, EveryMalformedFrameGetsAnErrorAndTheSocketStaysOpen) {
  start();
  const auto socket = proto();
  socket->send_frame(kBinary, "garbage");
  auto frame = socket->read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->reply().request_id(), "");
  EXPECT_EQ(frame->reply().error().code(), "INVALID_ARGUMENT");
  EXPECT_EQ(frame->reply().error().reason(), "FRAME_INVALID");
  pb::ClientFrame unknown;
  unknown.set_request_id("x1");
  EXPECT_EQ(call(*socket, unknown).error().reason(), "UNKNOWN_ACTION");
  EXPECT_EQ(call(*socket, send_command("m1", "den", "")).error().reason(), "BODY_EMPTY");
  EXPECT_TRUE(call(*socket, subscribe_command("s1", "den")).has_subscribe());
}

TEST_F(ChatTest, AFailedSubscribeLeavesNoSubscription) {
  start();
  backend.set_interceptor([](const std::string& method) {
    return method == "Resume" ? to_grpc_status(make_error(absl::StatusCode::kInvalidArgument, "POSITION_INVALID", "no"))
                              : grpc::Status::OK;
  });
  const auto socket = proto();
  EXPECT_EQ(call(*socket, subscribe_command("s1", "den")).error().reason(), "POSITION_INVALID");
  backend.post("den", "unheard");
  backend.set_interceptor(nullptr);
  const pb::Reply reply = call(*socket, subscribe_command("s2", "den"));
  EXPECT_EQ(reply.subscribe().messages_size(), 1);
}

TEST_F(ChatTest, MessagesOfOneSocketAreStoredInTheOrderOfTheirSending) {
  start();
  std::atomic<int> calls = 0;
  backend.set_interceptor([&calls](const std::string& method) {
    // Without an order the first would be overtaken.
    if (method == "SendMessage" && ++calls == 1) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return grpc::Status::OK;
  });
  const auto socket = proto();
  for (int index = 1; index <= 5; ++index) {
    socket->send_command(send_command(absl::StrCat("m", index), "den", absl::StrCat(index)));
  }
  for (int index = 1; index <= 5; ++index) {
    const auto frame = socket->read_server_frame();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->reply().send_message().message().offset(), index);
    EXPECT_EQ(frame->reply().send_message().message().body(), absl::StrCat(index));
  }
}

TEST_F(ChatTest, AnAcknowledgementComesOnlyAfterTheBackends) {
  std::promise<void> commit;
  const std::shared_future<void> committed = commit.get_future().share();
  backend.set_interceptor([committed](const std::string& method) {
    if (method == "SendMessage") committed.wait();
    return grpc::Status::OK;
  });
  start();
  const auto socket = proto();
  socket->send_command(send_command("m1", "den", "hi"));
  EXPECT_FALSE(socket->read_frame(std::chrono::milliseconds(200)).has_value());
  commit.set_value();
  const auto frame = socket->read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->reply().has_send_message());
}

TEST_F(ChatTest, ARepeatedRequestIdIsTheSameMessage) {
  start();
  const auto socket = proto("?author_id=ann");
  const pb::Reply first = call(*socket, send_command("m1", "den", "hi"));
  const auto again = proto("?author_id=ann");
  const pb::Reply second = call(*again, send_command("m1", "den", "hi"));
  EXPECT_EQ(first.send_message().message().offset(), 1);
  EXPECT_EQ(second.send_message().message().offset(), 1);
}

TEST_F(ChatTest, ANewNameIsThatOfTheNextMessages) {
  start();
  const auto socket = proto("?name=Ann");
  pb::ClientFrame rename;
  rename.set_request_id("n1");
  rename.mutable_set_name()->set_name("Anna");
  socket->send_command(rename);
  socket->send_command(send_command("m1", "den", "hi"));
  EXPECT_EQ(socket->read_server_frame()->reply().set_name().author().name(), "Anna");
  EXPECT_EQ(socket->read_server_frame()->reply().send_message().message().author().name(), "Anna");
}

TEST_F(ChatTest, PresenceReachesSubscribers) {
  start();
  const auto socket = proto();
  call(*socket, subscribe_command("s1", "den"));
  backend.send_presence("den", {"Ann", "Bob"});
  const auto frame = socket->read_server_frame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->push().event().presence().author_count(), 2);
  EXPECT_FALSE(frame->push().event().has_position());
}

TEST_F(ChatTest, RefusesWhomTheBackendRefuses) {
  backend.set_interceptor([](const std::string& method) {
    return method == "Connect" ? to_grpc_status(make_error(absl::StatusCode::kPermissionDenied, "BANNED", "no"))
                               : grpc::Status::OK;
  });
  start();
  const HttpAnswer refused = client().upgrade();
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("BANNED"), std::string::npos);
}

TEST_F(ChatTest, ATutorialSocketIsRefusedWhenItsRoomCannotBeJoined) {
  options = {"--call_deadline_ms=300", "--rooms_max=1"};
  start();
  const auto first = tutorial("?room=den");
  const HttpAnswer refused = client().upgrade("/ws?room=attic");
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("OVERLOADED"), std::string::npos);
  EXPECT_TRUE(eventually([this] { return backend.connection_count() == 1; }));
}

TEST_F(ChatTest, ARoomThatIsNotJoinedInTimeIsAnError) {
  options = {"--call_deadline_ms=1000"};
  start();
  backend.answers_joins = false;
  const HttpAnswer refused = client().upgrade("/ws?room=den");
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("BACKEND_UNAVAILABLE"), std::string::npos);
  const auto socket = proto();
  const pb::Reply reply = call(*socket, subscribe_command("s1", "attic"));
  EXPECT_EQ(reply.error().reason(), "BACKEND_UNAVAILABLE");
  EXPECT_TRUE(reply.error().retryable());
}

}  // namespace
}  // namespace parley::test
