#include "backend/chat/chat_rooms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <sstream>

#include "common/errors.h"
#include "tests/unit/backend/support/fake_broker.h"
#include "tests/unit/backend/support/fake_clock.h"
#include "tests/unit/backend/support/fake_store.h"
#include "tests/unit/backend/support/reader.h"

namespace parley::backend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ChatRoomsTest : public testing::Test {
 protected:
  pb::SendMessageRequest send(const std::string& request_id) {
    pb::SendMessageRequest request;
    request.set_room("lobby");
    request.mutable_author()->set_author_id("a1");
    request.mutable_author()->set_name("Ann");
    request.set_request_id(request_id);
    request.set_body("the secret text");
    return request;
  }
  static pb::ConnectRequest connect(const std::string& connection_id) {
    pb::ConnectRequest request;
    request.set_connection_id(connection_id);
    request.set_gateway_id("g1");
    request.set_room("lobby");
    return request;
  }
  // Keeps an answer for the test to look at.
  template <typename Response>
  Completion<Response> into(std::optional<absl::StatusOr<Response>>& answer) {
    return [&answer](absl::StatusOr<Response> result) {
      EXPECT_FALSE(answer.has_value());
      answer = std::move(result);
    };
  }

  FakeClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
  SystemRandom random_;
  FakeStore store_{FakeStore::Answers::kWhenTold};
  FakeBroker broker_;
  Hub hub_{store_, clock_, HubLimits{}};
  ChatRooms chat_{store_, hub_, broker_, random_, logger_};
};

TEST_F(ChatRoomsTest, AMessageIsAnnouncedAndAcknowledgedOnlyOnceItIsStored) {
  const auto reader = std::make_shared<Subscription>(10, OverflowPolicy::kEnd, [] {});
  hub_.join(reader, "lobby", std::nullopt);
  store_.answer_all();
  read_all(*reader);
  std::optional<absl::StatusOr<pb::SendMessageResponse>> answer;
  chat_.send_message(send("r1"), CallLimit(), into(answer));
  EXPECT_FALSE(answer.has_value());
  EXPECT_THAT(read_all(*reader), IsEmpty());
  EXPECT_THAT(broker_.published(), IsEmpty());
  store_.answer_all();
  ASSERT_TRUE(answer.has_value());
  ASSERT_TRUE(answer->ok());
  EXPECT_EQ((*answer)->message().offset(), 1);
  EXPECT_EQ((*answer)->epoch(), "e1");
  EXPECT_THAT(read_all(*reader), ElementsAre("lobby e1:1"));
  ASSERT_THAT(broker_.published(), SizeIs(1));
  EXPECT_EQ(broker_.published()[0].position.offset(), 1);
}

TEST_F(ChatRoomsTest, ARepeatIsAnsweredWithTheOriginalAndNotAnnounced) {
  std::optional<absl::StatusOr<pb::SendMessageResponse>> first;
  std::optional<absl::StatusOr<pb::SendMessageResponse>> second;
  chat_.send_message(send("r1"), CallLimit(), into(first));
  chat_.send_message(send("r1"), CallLimit(), into(second));
  store_.answer_all();
  ASSERT_TRUE(first->ok() && second->ok());
  EXPECT_EQ((*first)->SerializeAsString(), (*second)->SerializeAsString());
  EXPECT_THAT(broker_.published(), SizeIs(1));
}

TEST_F(ChatRoomsTest, AnInvalidRequestNeverReachesTheStore) {
  std::optional<absl::StatusOr<pb::SendMessageResponse>> answer;
  chat_.send_message(pb::SendMessageRequest(), CallLimit(), into(answer));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(error_reason(answer->status()), "ROOM_NAME_INVALID");
  EXPECT_EQ(store_.calls("send_message"), 0);
}

TEST_F(ChatRoomsTest, ConnectMakesAnAuthorForWhoHasNone) {
  std::optional<absl::StatusOr<pb::ConnectResponse>> answer;
  chat_.connect(connect("c1"), CallLimit(), into(answer));
  store_.answer_all();
  ASSERT_TRUE(answer->ok());
  EXPECT_THAT((*answer)->author().author_id(), testing::MatchesRegex("[A-Za-z0-9_-]{22}"));
  EXPECT_THAT((*answer)->author().name(), testing::MatchesRegex("Guest-[a-z0-9]{4}"));
}

TEST_F(ChatRoomsTest, ConnectKeepsAGivenAuthor) {
  pb::ConnectRequest request = connect("c1");
  request.mutable_author()->set_author_id("a1");
  request.mutable_author()->set_name("Ann");
  std::optional<absl::StatusOr<pb::ConnectResponse>> answer;
  chat_.connect(request, CallLimit(), into(answer));
  store_.answer_all();
  EXPECT_EQ((*answer)->author().author_id(), "a1");
  EXPECT_EQ((*answer)->author().name(), "Ann");
}

TEST_F(ChatRoomsTest, NamesAreKeptInOneFormAndShowAllThatIsInThem) {
  pb::ConnectRequest request = connect("c1");
  request.mutable_author()->set_name("Zoe\u0308\u202E");
  std::optional<absl::StatusOr<pb::ConnectResponse>> connected;
  chat_.connect(request, CallLimit(), into(connected));
  store_.answer_all();
  EXPECT_EQ((*connected)->author().name(), "Zo\u00EB");
  pb::SetNameRequest rename;
  rename.set_connection_id("c1");
  rename.set_room("lobby");
  rename.set_name("A\u030A\u200B  b");
  std::optional<absl::StatusOr<pb::SetNameResponse>> renamed;
  chat_.set_name(rename, CallLimit(), into(renamed));
  store_.answer_all();
  ASSERT_TRUE(renamed->ok());
  EXPECT_EQ((*renamed)->author().name(), "\u00C5 b");
  rename.set_name("\u200B\u202E");
  renamed.reset();
  chat_.set_name(rename, CallLimit(), into(renamed));
  EXPECT_EQ(error_reason(renamed->status()), "AUTHOR_INVALID");
}

// When thousands come back at once, each of them would otherwise have thousands of rows read.
TEST_F(ChatRoomsTest, ResumeReadsThePresenceUnlessItIsThatOfACrowd) {
  const auto present = [this] {
    pb::ResumeRequest request;
    request.set_room("lobby");
    std::optional<absl::StatusOr<pb::ResumeResponse>> answer;
    chat_.resume(request, CallLimit(), into(answer));
    store_.answer_all();
    return (*answer)->presence().author_count();
  };
  const auto reader = std::make_shared<Subscription>(10, OverflowPolicy::kEnd, [] {});
  hub_.join(reader, "lobby", std::nullopt);
  store_.set_present("lobby", {"Ann", "Bo"});
  EXPECT_EQ(present(), 2);
  store_.set_present("lobby", std::vector<std::string>(500, "Ann"));
  clock_.advance(std::chrono::seconds(1));
  hub_.tick();
  store_.answer_all();
  store_.set_present("lobby", std::vector<std::string>(501, "Ann"));
  EXPECT_EQ(present(), 500) << "as it was last told";
  EXPECT_EQ(chat_.metrics().resets.value(), 2U) << "first visits all";
  EXPECT_EQ(chat_.metrics().resumes.value(), 0U);
}

TEST_F(ChatRoomsTest, PresenceIsAnnouncedForArrivalsAndDeparturesThatHappened) {
  std::optional<absl::StatusOr<pb::ConnectResponse>> first;
  std::optional<absl::StatusOr<pb::ConnectResponse>> repeat;
  chat_.connect(connect("c1"), CallLimit(), into(first));
  chat_.connect(connect("c1"), CallLimit(), into(repeat));
  store_.answer_all();
  EXPECT_THAT(broker_.published(), SizeIs(1));
  pb::DisconnectRequest disconnect;
  disconnect.set_connection_id("c1");
  disconnect.set_room("lobby");
  std::optional<absl::StatusOr<pb::DisconnectResponse>> gone;
  std::optional<absl::StatusOr<pb::DisconnectResponse>> again;
  chat_.disconnect(disconnect, CallLimit(), into(gone));
  chat_.disconnect(disconnect, CallLimit(), into(again));
  store_.answer_all();
  EXPECT_TRUE(again->ok());
  EXPECT_THAT(broker_.published(), SizeIs(2));
}

TEST_F(ChatRoomsTest, PagesLeadToTheFirstMessage) {
  for (int count = 0; count < 5; ++count) store_.post("lobby");
  pb::GetMessagesRequest request;
  request.set_room("lobby");
  request.set_page_size(2);
  std::vector<std::int64_t> offsets;
  do {
    std::optional<absl::StatusOr<pb::GetMessagesResponse>> answer;
    chat_.get_messages(request, CallLimit(), into(answer));
    store_.answer_all();
    ASSERT_TRUE(answer->ok());
    for (const pb::Message& message : (*answer)->messages()) offsets.push_back(message.offset());
    request.set_page_token((*answer)->previous_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(offsets, ElementsAre(4, 5, 2, 3, 1));
}

TEST_F(ChatRoomsTest, APageTokenOfAnotherRoomIsRefused) {
  for (int count = 0; count < 5; ++count) store_.post("lobby");
  pb::GetMessagesRequest request;
  request.set_room("lobby");
  request.set_page_size(2);
  std::optional<absl::StatusOr<pb::GetMessagesResponse>> page;
  chat_.get_messages(request, CallLimit(), into(page));
  store_.answer_all();
  request.set_room("den");
  request.set_page_token((*page)->previous_page_token());
  std::optional<absl::StatusOr<pb::GetMessagesResponse>> answer;
  chat_.get_messages(request, CallLimit(), into(answer));
  EXPECT_EQ(error_reason(answer->status()), "PAGE_TOKEN_INVALID");
}

TEST_F(ChatRoomsTest, ReapingGoesOnWhileThereAreLapsedGateways) {
  store_.next_reaped = {Reaped{.gateways = 16, .left_rooms = {"lobby"}}, Reaped{.gateways = 1, .left_rooms = {"den"}}};
  chat_.reap();
  chat_.reap();  // nothing: the first is under way
  store_.answer_all();
  EXPECT_EQ(store_.calls("reap"), 3);
  EXPECT_THAT(broker_.published(), SizeIs(2));
  chat_.reap();
  store_.answer_all();
  EXPECT_EQ(store_.calls("reap"), 4);
  EXPECT_EQ(chat_.metrics().gateways_reaped.value(), 17U);
}

TEST_F(ChatRoomsTest, NoChatTextIsLogged) {
  std::optional<absl::StatusOr<pb::SendMessageResponse>> answer;
  chat_.send_message(send("r1"), CallLimit(), into(answer));
  store_.answer_all();
  store_.next_reaped = {Reaped{.gateways = 1, .left_rooms = {"lobby"}}};
  chat_.reap();
  store_.answer_all();
  EXPECT_EQ(log_.str().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace parley::backend
