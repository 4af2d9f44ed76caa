#include "backend/chat/validation.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/errors.h"

namespace parley::backend {
namespace {

std::string reason_of(const absl::Status& status) { return status.ok() ? "" : std::string(error_reason(status)); }

pb::SendMessageRequest good_send() {
  pb::SendMessageRequest request;
  request.set_room("lobby");
  request.mutable_author()->set_author_id("a1");
  request.mutable_author()->set_name("Zoë");
  request.set_request_id("r-1");
  request.set_body(" text ");
  return request;
}

TEST(ValidationTest, SendMessage) {
  struct Case {
    std::function<void(pb::SendMessageRequest&)> spoil;
    std::string reason;
  };
  using Request = pb::SendMessageRequest;
  const Case cases[] = {
      {[](Request&) {}, ""},
      {[](Request& request) { request.set_room("Lobby"); }, "ROOM_NAME_INVALID"},
      {[](Request& request) { request.set_room("../etc"); }, "ROOM_NAME_INVALID"},
      {[](Request& request) { request.set_room(std::string(65, 'a')); }, "ROOM_NAME_INVALID"},
      {[](Request& request) { request.clear_author(); }, "AUTHOR_INVALID"},
      {[](Request& request) { request.mutable_author()->set_author_id(""); }, "AUTHOR_INVALID"},
      {[](Request& request) { request.mutable_author()->set_name(" Ann"); }, "AUTHOR_INVALID"},
      {[](Request& request) { request.mutable_author()->set_name(std::string(41, 'n')); }, "AUTHOR_INVALID"},
      {[](Request& request) { request.set_request_id(""); }, "REQUEST_ID_INVALID"},
      {[](Request& request) { request.set_request_id("a b"); }, "REQUEST_ID_INVALID"},
      {[](Request& request) { request.set_body(""); }, "BODY_EMPTY"},
      {[](Request& request) { request.set_body(" \n\t"); }, "BODY_EMPTY"},
      {[](Request& request) { request.set_body(std::string(4'000, 'x')); }, ""},
      {[](Request& request) { request.set_body(std::string(4'001, 'x')); }, "BODY_TOO_LONG"},
      {[](Request& request) { request.set_body(std::string("a\0b", 3)); }, "TEXT_INVALID"},
      {[](Request& request) { request.set_client_time(std::string(64, '1')); }, ""},
      {[](Request& request) { request.set_client_time(std::string(65, '1')); }, "CLIENT_TIME_INVALID"},
      {[](Request& request) { request.set_client_time("1\n2"); }, "CLIENT_TIME_INVALID"},
  };
  for (const Case& row : cases) {
    pb::SendMessageRequest request = good_send();
    row.spoil(request);
    EXPECT_EQ(reason_of(check(request)), row.reason) << request.ShortDebugString().substr(0, 200);
  }
}

TEST(ValidationTest, KeptNamesAreInNormalizationFormC) {
  EXPECT_EQ(kept_name("Ann"), "Ann");
  EXPECT_EQ(kept_name("Ann  B. \u00A0C."), "Ann B. C.");
  EXPECT_EQ(kept_name("Ann  B."), "Ann B.");
  EXPECT_EQ(kept_name("Zoe\u0308"), "Zo\u00EB");
  EXPECT_EQ(kept_name("\u1112\u1161\u11AB"), "\uD55C");
  EXPECT_EQ(kept_name("\u212B"), "\u00C5");  // the sign of the unit
  // The invisible between a letter and its mark goes first.
  EXPECT_EQ(kept_name("e\u200D\u0301"), "\u00E9");
  // Compatibility forms stay what they are.
  EXPECT_EQ(kept_name("\uFF21"), "\uFF21");
  EXPECT_EQ(kept_name("a\xFF"), "a\xFF");
  EXPECT_EQ(kept_name(std::string("a\0b", 3)), std::string("a\0b", 3));
}

TEST(ValidationTest, Connect) {
  pb::ConnectRequest request;
  request.set_connection_id("c1");
  request.set_gateway_id("g1");
  request.set_room("lobby");
  EXPECT_EQ(reason_of(check(request)), "");
  request.mutable_author()->set_name("\x01");
  EXPECT_EQ(reason_of(check(request)), "AUTHOR_INVALID");
  request.mutable_author()->set_name("Ann");
  request.mutable_author()->set_author_id("not an id");
  EXPECT_EQ(reason_of(check(request)), "AUTHOR_INVALID");
  request.clear_author();
  request.set_gateway_id("");
  EXPECT_EQ(reason_of(check(request)), "GATEWAY_ID_INVALID");
  request.set_connection_id("'; DROP TABLE rooms; --");
  EXPECT_EQ(reason_of(check(request)), "CONNECTION_ID_INVALID");
}

TEST(ValidationTest, Disconnect) {
  pb::DisconnectRequest request;
  request.set_connection_id("c1");
  request.set_room("lobby");
  EXPECT_EQ(reason_of(check(request)), "");
  request.set_gateway_id("g1");
  EXPECT_EQ(reason_of(check(request)), "");
  request.set_gateway_id("not an id");
  EXPECT_EQ(reason_of(check(request)), "GATEWAY_ID_INVALID");
}

TEST(ValidationTest, PagesAndPositions) {
  pb::GetMessagesRequest page;
  page.set_room("lobby");
  for (const int size : {0, 1, 500}) {
    page.set_page_size(size);
    EXPECT_EQ(reason_of(check(page)), "");
  }
  for (const int size : {-1, 501}) {
    page.set_page_size(size);
    EXPECT_EQ(reason_of(check(page)), "PAGE_SIZE_INVALID");
  }
  pb::ResumeRequest resume;
  resume.set_room("lobby");
  EXPECT_EQ(reason_of(check(resume)), "");
  resume.mutable_position()->set_epoch("e");
  EXPECT_EQ(reason_of(check(resume)), "");
  resume.mutable_position()->set_offset(-1);
  EXPECT_EQ(reason_of(check(resume)), "POSITION_INVALID");
  resume.mutable_position()->set_offset(1);
  resume.mutable_position()->set_epoch(std::string(65, 'e'));
  EXPECT_EQ(reason_of(check(resume)), "POSITION_INVALID");
}

TEST(ValidationTest, Subscribe) {
  pb::SubscribeRequest request;
  EXPECT_EQ(reason_of(check(request)), "TOO_MANY_ROOMS");
  for (int room = 0; room < 100; ++room) request.add_rooms()->set_room("r" + std::to_string(room));
  EXPECT_EQ(reason_of(check(request)), "");
  request.add_rooms()->set_room("one-more");
  EXPECT_EQ(reason_of(check(request)), "TOO_MANY_ROOMS");
  request.clear_rooms();
  request.add_rooms()->set_room("twice");
  request.add_rooms()->set_room("twice");
  EXPECT_EQ(reason_of(check(request)), "ROOM_NAME_INVALID");
}

}  // namespace
}  // namespace parley::backend
