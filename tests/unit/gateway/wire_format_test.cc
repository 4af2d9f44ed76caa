#include "gateway/wire/wire_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "common/errors.h"

namespace parley::gateway {
namespace {

const WireFormat& tutorial() { return wire_format(WireFormatId::kTutorial); }
const WireFormat& json() { return wire_format(WireFormatId::kJson); }
const WireFormat& proto() { return wire_format(WireFormatId::kProto); }

std::string reason_of(const DecodedCommand& decoded) {
  return decoded.status.ok() ? "" : std::string(error_reason(decoded.status));
}

pb::Message sample_message() {
  pb::Message message;
  message.set_room("den");
  message.set_offset(7);
  message.set_change_offset(7);
  message.mutable_author()->set_author_id("ann");
  message.mutable_author()->set_name("Ann \"A\"");
  message.set_request_id("r1");
  message.set_body("hi <b>\n\xC3\xA9");
  message.mutable_create_time()->set_seconds(1'700'000'000);
  message.mutable_create_time()->set_nanos(123'456'000);
  message.set_client_time("1700000000999");
  return message;
}

pb::Push sample_event() {
  pb::Push push;
  push.mutable_event()->set_room("den");
  push.mutable_event()->mutable_position()->set_epoch("e1");
  push.mutable_event()->mutable_position()->set_offset(7);
  *push.mutable_event()->mutable_message() = sample_message();
  return push;
}

pb::Reply sample_error(const std::string& reason) {
  pb::Reply reply;
  reply.set_request_id("r9");
  reply.mutable_error()->set_code("INVALID_ARGUMENT");
  reply.mutable_error()->set_reason(reason);
  reply.mutable_error()->set_message("no");
  return reply;
}

TEST(FrameHeader, HasTheShortestLengthForm) {
  EXPECT_EQ(*make_frame(Opcode::kText, "abc"),
            "\x81\x03"
            "abc");
  EXPECT_EQ(*make_frame(Opcode::kPing, ""), std::string("\x89\x00", 2));
  EXPECT_EQ(make_frame(Opcode::kBinary, std::string(125, 'x'))->substr(0, 2), "\x82\x7D");
  EXPECT_EQ(make_frame(Opcode::kBinary, std::string(126, 'x'))->substr(0, 4), std::string("\x82\x7E\x00\x7E", 4));
  EXPECT_EQ(make_frame(Opcode::kText, std::string(65'535, 'x'))->substr(0, 4), "\x81\x7E\xFF\xFF");
  const Frame longest = make_frame(Opcode::kText, std::string(65'536, 'x'));
  EXPECT_EQ(longest->substr(0, 10), std::string("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(longest->size(), 65'546U);
}

TEST(WireFormats, AreFoundByTheirSubprotocols) {
  EXPECT_EQ(find_wire_format("chat.v1.proto"), &proto());
  EXPECT_EQ(find_wire_format("chat.v1.json"), &json());
  EXPECT_EQ(find_wire_format("chat.v2.json"), nullptr);
  EXPECT_EQ(tutorial().subprotocol(), "");
  EXPECT_EQ(tutorial().opcode(), Opcode::kText);
  EXPECT_EQ(json().opcode(), Opcode::kText);
  EXPECT_EQ(proto().opcode(), Opcode::kBinary);
}

// --- the tutorial's contract

TEST(TutorialFormat, DecodesItsTwoActions) {
  EXPECT_TRUE(tutorial().decode(R"({"action":"get_messages"})").frame.has_get_messages());
  const DecodedCommand sent = tutorial().decode(R"({"action":"send_message","message":"hi","time":"1700000000000"})");
  EXPECT_EQ(reason_of(sent), "");
  EXPECT_EQ(sent.frame.send_message().body(), "hi");
  EXPECT_EQ(sent.frame.send_message().client_time(), "1700000000000");
}

TEST(TutorialFormat, TakesTheTimeAsStringOrNumberAndNothingElse) {
  const auto time_of = [](const std::string& time) {
    return tutorial()
        .decode(R"({"action":"send_message","message":"hi")" + time + "}")
        .frame.send_message()
        .client_time();
  };
  EXPECT_EQ(time_of(R"(,"time":"yesterday")"), "yesterday");
  EXPECT_EQ(time_of(R"(,"time":1700000000000)"), "1700000000000");
  EXPECT_EQ(time_of(R"(,"time":1.7e12)"), "1700000000000");
  EXPECT_EQ(time_of(R"(,"time":18446744073709551615)"), "18446744073709551615");
  EXPECT_EQ(time_of(R"(,"time":1e300)"), "9000000000000000");
  EXPECT_EQ(time_of(R"(,"time":-0e146870)"), "") << "not a number for Boost";
  EXPECT_EQ(time_of(R"(,"time":null)"), "");
  EXPECT_EQ(time_of(R"(,"time":{"a":1})"), "");
  EXPECT_EQ(time_of(""), "");
}

TEST(TutorialFormat, RefusesWhatIsNoRoute) {
  EXPECT_EQ(reason_of(tutorial().decode("")), "FRAME_INVALID");
  EXPECT_EQ(reason_of(tutorial().decode("hello")), "FRAME_INVALID");
  EXPECT_EQ(reason_of(tutorial().decode("[1]")), "FRAME_INVALID");
  EXPECT_EQ(reason_of(tutorial().decode("{\"action\":\"get_messages\"")), "FRAME_INVALID");
  EXPECT_EQ(reason_of(tutorial().decode("{}")), "UNKNOWN_ACTION");
  EXPECT_EQ(reason_of(tutorial().decode(R"({"action":7})")), "UNKNOWN_ACTION");
  for (const char* action : {"$connect", "subscribe", "set_name", "GET_MESSAGES", ""}) {
    EXPECT_EQ(reason_of(tutorial().decode(std::string("{\"action\":\"") + action + "\"}")), "UNKNOWN_ACTION") << action;
  }
}

TEST(TutorialFormat, NeedsAMessageThatIsAString) {
  EXPECT_EQ(reason_of(tutorial().decode(R"({"action":"send_message"})")), "BODY_EMPTY");
  EXPECT_EQ(reason_of(tutorial().decode(R"({"action":"send_message","message":5})")), "BODY_EMPTY");
}

TEST(TutorialFormat, WritesItsErrorFrames) {
  for (const char* reason : {"UNKNOWN_ACTION", "FRAME_INVALID"}) {
    EXPECT_EQ(tutorial().encode_reply(sample_error(reason), "c1"),
              R"({"message": "Forbidden", "connectionId":"c1", "requestId":"r9"})");
  }
  for (const char* reason : {"BODY_EMPTY", "DATABASE_UNAVAILABLE"}) {
    EXPECT_EQ(tutorial().encode_reply(sample_error(reason), "c1"),
              R"({"message": "Internal server error", "connectionId":"c1", "requestId":"r9"})");
  }
}

TEST(TutorialFormat, WritesABroadcastWithMessageAndTimeAsSent) {
  EXPECT_EQ(tutorial().encode_push(sample_event()),
            "{\"id\":\"7\",\"message\":\"hi <b>\\n\xC3\xA9\",\"time\":\"1700000000999\"}");
  pb::Push untimed = sample_event();
  untimed.mutable_event()->mutable_message()->clear_client_time();
  EXPECT_NE(tutorial().encode_push(untimed)->find("\"time\":\"1700000000123\""), std::string::npos);
}

TEST(TutorialFormat, WritesAHistoryWithTimesInMilliseconds) {
  pb::Reply reply;
  EXPECT_EQ(tutorial().encode_reply(reply, "c1"), std::nullopt);
  reply.mutable_get_messages();
  EXPECT_EQ(tutorial().encode_reply(reply, "c1"), R"({"messageType":"all_messages","data":[]})");
  *reply.mutable_get_messages()->add_messages() = sample_message();
  pb::Message& other = *reply.mutable_get_messages()->add_messages();
  other = sample_message();
  other.set_client_time("2023-11-14");
  EXPECT_EQ(tutorial().encode_reply(reply, "c1"),
            "{\"messageType\":\"all_messages\",\"data\":[{\"id\":\"7\",\"message\":\"hi <b>\\n\xC3\xA9\",\"time\":"
            "\"1700000000999\"},{\"id\":\"7\",\"message\":\"hi <b>\\n\xC3\xA9\",\"time\":\"1700000000123\"}]}");
}

TEST(TutorialFormat, HasNoOtherFrames) {
  pb::Push push;
  push.mutable_welcome()->set_connection_id("c1");
  EXPECT_EQ(tutorial().encode_push(push), std::nullopt);
  push.mutable_resync()->set_room("den");
  EXPECT_EQ(tutorial().encode_push(push), std::nullopt);
  push.mutable_event()->mutable_presence()->set_author_count(1);
  EXPECT_EQ(tutorial().encode_push(push), std::nullopt);
  pb::Reply acknowledged;
  *acknowledged.mutable_send_message()->mutable_message() = sample_message();
  EXPECT_EQ(tutorial().encode_reply(acknowledged, "c1"), std::nullopt);
}

// --- chat.v1.json

TEST(JsonFormat, DecodesEveryCommand) {
  const DecodedCommand sent = json().decode(
      R"({"action":"send_message","request_id":"r1","room":"den","body":"hi","client_time":"now","later":{"x":[1]}})");
  EXPECT_EQ(reason_of(sent), "");
  EXPECT_EQ(sent.frame.request_id(), "r1");
  EXPECT_EQ(sent.frame.send_message().room(), "den");
  EXPECT_EQ(sent.frame.send_message().body(), "hi");
  EXPECT_EQ(sent.frame.send_message().client_time(), "now");
  const DecodedCommand subscribed = json().decode(
      R"({"action":"subscribe","request_id":"r2","room":"den","position":{"epoch":"e1","offset":"12"},"page_size":50})");
  EXPECT_EQ(subscribed.frame.subscribe().position().offset(), 12);
  EXPECT_EQ(subscribed.frame.subscribe().page_size(), 50);
  EXPECT_TRUE(json().decode(R"({"action":"unsubscribe","request_id":"r3","room":"den"})").frame.has_unsubscribe());
  EXPECT_TRUE(json().decode(R"({"action":"get_messages","request_id":"r4","room":"den"})").frame.has_get_messages());
  EXPECT_TRUE(json().decode(R"({"action":"set_name","request_id":"r5","name":"Ann"})").frame.has_set_name());
}

TEST(JsonFormat, SaysWhatIsWrongAndNamesTheCommandWhereItCan) {
  for (const std::string& text :
       {std::string(""), std::string("nope"), std::string("[]"), std::string("3"), std::string(20, '['),
        std::string(R"({"action":"get_messages","request_id":"r1"} x)")}) {
    EXPECT_EQ(reason_of(json().decode(text)), "FRAME_INVALID") << text;
  }
  for (const char* text :
       {R"({"action":"get_messages"})", R"({"action":"get_messages","request_id":7})",
        R"({"action":"get_messages","request_id":""})", R"({"action":"get_messages","request_id":"a b"})"}) {
    EXPECT_EQ(reason_of(json().decode(text)), "REQUEST_ID_INVALID") << text;
  }
  for (const char* text :
       {R"({"request_id":"r1"})", R"({"request_id":"r1","action":"nope"})",
        R"({"request_id":"r1","action":"request_id"})", R"({"request_id":"r1","action":["subscribe"]})"}) {
    const DecodedCommand decoded = json().decode(text);
    EXPECT_EQ(reason_of(decoded), "UNKNOWN_ACTION") << text;
    EXPECT_EQ(decoded.frame.request_id(), "r1");
  }
  for (const char* fields : {R"("room":7)", R"("room":{"a":1})", R"("position":"x")", R"("page_size":"many")",
                             R"("position":{"offset":1.5})", R"("page_size":99999999999)"}) {
    const DecodedCommand decoded =
        json().decode(std::string(R"({"request_id":"r1","action":"subscribe",)") + fields + "}");
    EXPECT_EQ(reason_of(decoded), "FRAME_INVALID") << fields;
    EXPECT_EQ(decoded.frame.request_id(), "r1") << fields;
    EXPECT_EQ(decoded.frame.command_case(), pb::ClientFrame::COMMAND_NOT_SET);
  }
}

TEST(JsonFormat, BoundsTheDepth) {
  std::string deep = R"({"action":"get_messages","request_id":"r1","x":)";
  for (int depth = 0; depth < 1'000; ++depth) deep += "{\"x\":";
  deep += "1" + std::string(1'001, '}');
  EXPECT_EQ(reason_of(json().decode(deep)), "FRAME_INVALID");
}

TEST(JsonFormat, WritesRepliesErrorsAndPushes) {
  pb::Reply reply;
  EXPECT_EQ(json().encode_reply(reply, "c1"), std::nullopt);
  reply.set_request_id("r1");
  *reply.mutable_send_message()->mutable_message() = sample_message();
  reply.mutable_send_message()->set_epoch("e1");
  const std::string message =
      R"({"room":"den","offset":"7","change_offset":"7","author":{"author_id":"ann","name":"Ann \"A\""},"request_id":"r1",)"
      "\"body\":\"hi "
      "\\u003cb\\u003e\\n\xC3\xA9\",\"client_time\":\"1700000000999\",\"create_time\":\"2023-11-14T22:13:20.123456Z\"}";
  EXPECT_EQ(json().encode_reply(reply, "c1"),
            R"({"type":"reply","request_id":"r1","action":"send_message","result":{"message":)" + message +
                R"(,"epoch":"e1"}})");
  reply.mutable_unsubscribe();
  EXPECT_EQ(json().encode_reply(reply, "c1"),
            R"({"type":"reply","request_id":"r1","action":"unsubscribe","result":{}})");
  EXPECT_EQ(
      json().encode_reply(sample_error("BODY_EMPTY"), "c1"),
      R"({"type":"reply","request_id":"r9","error":{"code":"INVALID_ARGUMENT","reason":"BODY_EMPTY","message":"no","retryable":false}})");
  EXPECT_EQ(
      json().encode_push(sample_event()),
      R"({"type":"push","event":{"room":"den","position":{"epoch":"e1","offset":"7"},"message":)" + message + "}}");
  pb::Push push;
  push.mutable_resync()->set_room("den");
  push.mutable_resync()->mutable_position()->set_epoch("e1");
  EXPECT_EQ(json().encode_push(push),
            R"({"type":"push","resync":{"room":"den","position":{"epoch":"e1","offset":"0"}}})");
  push.mutable_welcome()->set_connection_id("c1");
  push.mutable_welcome()->mutable_author()->set_author_id("ann");
  push.mutable_welcome()->set_room("den");
  EXPECT_EQ(
      json().encode_push(push),
      R"({"type":"push","welcome":{"connection_id":"c1","author":{"author_id":"ann","name":""},"room":"den","page_version":"","subscribe_request_id":""}})");
}

TEST(JsonFormat, SurvivesATimeThatHasNoForm) {
  pb::Reply reply;
  reply.set_request_id("r1");
  reply.mutable_send_message()->mutable_message()->mutable_create_time()->set_seconds(std::int64_t{1} << 60);
  EXPECT_EQ(json().encode_reply(reply, "c1"),
            R"({"type":"reply","request_id":"r1","action":"send_message","result":{}})");
}

// --- chat.v1.proto

TEST(ProtoFormat, DecodesAFrame) {
  pb::ClientFrame frame;
  frame.set_request_id("r1");
  frame.mutable_send_message()->set_room("den");
  frame.mutable_send_message()->set_body("hi");
  EXPECT_EQ(absl::BytesToHexString(frame.SerializeAsString()), "0a0272312a090a0364656e12026869");
  const DecodedCommand decoded = proto().decode(absl::HexStringToBytes("0a0272312a090a0364656e12026869"));
  EXPECT_EQ(reason_of(decoded), "");
  EXPECT_EQ(decoded.frame.send_message().body(), "hi");
}

TEST(ProtoFormat, RefusesWhatIsNoFrame) {
  EXPECT_EQ(reason_of(proto().decode("hello")), "FRAME_INVALID");
  EXPECT_EQ(reason_of(proto().decode(std::string("\x0A\xFF", 2))), "FRAME_INVALID");
  // A body that is not UTF-8.
  EXPECT_EQ(reason_of(proto().decode(absl::HexStringToBytes("0a0272312a030a01ff"))), "FRAME_INVALID");
  EXPECT_EQ(reason_of(proto().decode("")), "REQUEST_ID_INVALID");
  pb::ClientFrame frame;
  frame.set_request_id("r1");
  const DecodedCommand empty = proto().decode(frame.SerializeAsString());
  EXPECT_EQ(reason_of(empty), "UNKNOWN_ACTION");
  EXPECT_EQ(empty.frame.request_id(), "r1");
  frame.set_request_id(std::string(65, 'r'));
  frame.mutable_unsubscribe();
  EXPECT_EQ(reason_of(proto().decode(frame.SerializeAsString())), "REQUEST_ID_INVALID");
}

TEST(ProtoFormat, WritesGoldenFrames) {
  EXPECT_EQ(absl::BytesToHexString(*proto().encode_reply(sample_error("BODY_EMPTY"), "c1")),
            "0a280a02723912220a10494e56414c49445f415247554d454e54120a424f44595f454d5054591a026e6f");
  pb::Push push;
  push.mutable_resync()->set_room("den");
  push.mutable_resync()->mutable_position()->set_epoch("e1");
  push.mutable_resync()->mutable_position()->set_offset(3);
  EXPECT_EQ(absl::BytesToHexString(*proto().encode_push(push)), "120f1a0d0a0364656e12060a0265311003");
  pb::ServerFrame frame;
  ASSERT_TRUE(frame.ParseFromString(*proto().encode_push(sample_event())));
  EXPECT_EQ(frame.push().event().message().body(), "hi <b>\n\xC3\xA9");
}

}  // namespace
}  // namespace parley::gateway
