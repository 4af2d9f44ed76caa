// Connecting, resuming, and what else the server pushes.
#include <gmock/gmock.h>

#include "tests/unit/web/model/room_chat_fixture.h"

namespace parley::web {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RoomChatResumeTest : public RoomChatFixture {};

TEST_F(RoomChatResumeTest, TheFirstConnectionShowsTheLatestPage) {
  chat_->start(true);
  EXPECT_EQ(transport_->queries.back(), kFirstQuery) << "web/head_start.js has asked for it already";
  accept();
  EXPECT_TRUE(sent(pb::ClientFrame::kSubscribe).empty());
  EXPECT_EQ(state(), LinkState::kConnecting);
  deliver_reset(3);
  EXPECT_EQ(state(), LinkState::kConnected);
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "text 3"));
  EXPECT_EQ(chat_->item(0).time_ms, 1'700'000'001'250);
  EXPECT_EQ(chat_->history(), History::kComplete);
  EXPECT_EQ(chat_->unread(), 0u);
}

TEST_F(RoomChatResumeTest, AFirstVisitTellsNothingButTheRoom) {
  storage_.values.clear();
  load();
  chat_->start(true);
  EXPECT_EQ(transport_->queries.back(), kFirstQuery);
  EXPECT_EQ(chat_->own_name(), "");
}

TEST_F(RoomChatResumeTest, TheServersIdIsKept) {
  chat_->start(true);
  transport_->accept();
  pb::ServerFrame frame;
  *frame.mutable_push()->mutable_welcome()->mutable_author() = author("given", "Mia");
  transport_->deliver(frame);
  deliver_reset(0);
  EXPECT_EQ(storage_.values.at("parley.author_id"), "given");
  deliver_event(message(1, "given"));
  EXPECT_TRUE(last_item().own);
}

TEST_F(RoomChatResumeTest, EventsAppearInOrderAndOnce) {
  connect(2);
  deliver_event(message(3));
  deliver_event(message(3));
  deliver_event(message(2));
  deliver_event(message(4));
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "text 3", "text 4"));
}

TEST_F(RoomChatResumeTest, ResumesFromItsPositionAfterALoss) {
  connect(2);
  deliver_event(message(3));
  transport_->lose();
  EXPECT_EQ(state(), LinkState::kReconnecting);
  reconnect();
  const pb::StreamPosition position = newest(pb::ClientFrame::kSubscribe).subscribe().position();
  EXPECT_EQ(position.epoch(), kEpoch);
  EXPECT_EQ(position.offset(), 3);
  deliver_catch_up(5, {message(4), message(5)});
  EXPECT_EQ(chat_->item_count(), 5u);
  EXPECT_EQ(mirror_->resets, 1);
  deliver_event(message(6));
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "text 3", "text 4", "text 5", "text 6"));
}

TEST_F(RoomChatResumeTest, AResetReplacesWhatIsShown) {
  connect(2);
  transport_->lose();
  reconnect();
  deliver_reset(7, 6, "older", "e2");
  EXPECT_THAT(bodies(), ElementsAre("text 6", "text 7"));
  EXPECT_EQ(chat_->history(), History::kHasOlder);
  EXPECT_EQ(mirror_->resets, 2);
  transport_->lose();
  reconnect();
  EXPECT_EQ(newest(pb::ClientFrame::kSubscribe).subscribe().position().epoch(), "e2");
}

TEST_F(RoomChatResumeTest, AResyncSubscribesAgainFromItsOwnPosition) {
  connect(2);
  pb::ServerFrame frame;
  frame.mutable_push()->mutable_resync()->set_room("lobby");
  frame.mutable_push()->mutable_resync()->mutable_position()->set_offset(9);
  transport_->deliver(frame);
  ASSERT_EQ(sent(pb::ClientFrame::kSubscribe).size(), 1u);
  EXPECT_EQ(newest(pb::ClientFrame::kSubscribe).subscribe().position().offset(), 2);
  deliver_event(message(8));  // still from before
  EXPECT_EQ(chat_->item_count(), 2u);
  EXPECT_EQ(sent(pb::ClientFrame::kSubscribe).size(), 1u) << "what is on its way fills the hole";
  deliver_catch_up(8, {message(3), message(8)});
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "text 3", "text 8"));
  EXPECT_EQ(transport_->queries.size(), 1u) << "the connection stays";
}

// A hole is filled before anything after it is counted as seen.
TEST_F(RoomChatResumeTest, AGapIsReadAgainFromThePositionBeforeIt) {
  connect(2);
  deliver_event(message(5));
  ASSERT_EQ(sent(pb::ClientFrame::kSubscribe).size(), 1u);
  EXPECT_EQ(newest(pb::ClientFrame::kSubscribe).subscribe().position().offset(), 2);
  transport_->lose();
  reconnect();
  EXPECT_EQ(newest(pb::ClientFrame::kSubscribe).subscribe().position().offset(), 2);
  deliver_catch_up(5, {message(3), message(4), message(5)});
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "text 3", "text 4", "text 5"));
}

TEST_F(RoomChatResumeTest, GapsWithoutEndLeadToANewConnection) {
  connect(2);
  deliver_event(message(5));
  deliver_catch_up(2, {});
  deliver_event(message(5));
  EXPECT_EQ(state(), LinkState::kReconnecting);
  EXPECT_EQ(transport_->closed, 1);
}

TEST_F(RoomChatResumeTest, AnEventOfAnotherEpochIsAGap) {
  connect(2);
  pb::ServerFrame frame;
  pb::Event& event = *frame.mutable_push()->mutable_event();
  event.set_room("lobby");
  event.mutable_position()->set_epoch("e2");
  event.mutable_position()->set_offset(3);
  *event.mutable_message() = message(3);
  transport_->deliver(frame);
  EXPECT_EQ(chat_->item_count(), 2u);
  EXPECT_EQ(sent(pb::ClientFrame::kSubscribe).size(), 1u);
}

TEST_F(RoomChatResumeTest, AChangeOfAnUnknownKindIsPassed) {
  connect(2);
  pb::ServerFrame frame;
  pb::Event& event = *frame.mutable_push()->mutable_event();
  event.set_room("lobby");
  event.mutable_position()->set_epoch(kEpoch);
  event.mutable_position()->set_offset(3);
  transport_->deliver(frame);
  deliver_event(message(4));
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "text 4"));
  EXPECT_EQ(sent(pb::ClientFrame::kSubscribe).size(), 0u);
}

TEST_F(RoomChatResumeTest, EventsOfOtherRoomsAreNotOurs) {
  connect(2);
  pb::ServerFrame frame;
  pb::Event& event = *frame.mutable_push()->mutable_event();
  event.set_room("other");
  event.mutable_position()->set_epoch(kEpoch);
  event.mutable_position()->set_offset(3);
  *event.mutable_message() = message(3);
  transport_->deliver(frame);
  EXPECT_EQ(chat_->item_count(), 2u);
}

TEST_F(RoomChatResumeTest, AMalformedFrameEndsTheConnection) {
  connect(2);
  transport_->deliver_bytes("\xff");
  EXPECT_EQ(state(), LinkState::kReconnecting);
  EXPECT_EQ(transport_->closed, 1);
  reconnect();
  deliver_catch_up(2, {});
  EXPECT_EQ(state(), LinkState::kConnected);
  EXPECT_EQ(chat_->item_count(), 2u);
}

TEST_F(RoomChatResumeTest, AFrameOfAnUnknownKindIsIgnored) {
  connect(2);
  transport_->deliver_bytes("");
  transport_->deliver_bytes("\x7a\x01x");  // field 15
  EXPECT_EQ(state(), LinkState::kConnected);
}

TEST_F(RoomChatResumeTest, ASubscriptionThatIsRefusedIsTriedOnTheNextConnection) {
  chat_->start(true);
  accept();
  deliver_error("c1", "DATABASE_UNAVAILABLE", true);
  EXPECT_EQ(state(), LinkState::kReconnecting);
  reconnect();
  deliver_reset(1);
  EXPECT_EQ(state(), LinkState::kConnected);
}

TEST_F(RoomChatResumeTest, ASilentServerIsAskedAndThenLeft) {
  connect(2);
  timers_.run_for(LinkController::kSilenceMs);
  ASSERT_EQ(sent(pb::ClientFrame::kUnsubscribe).size(), 1u);
  EXPECT_NE(newest(pb::ClientFrame::kUnsubscribe).unsubscribe().room(), "lobby");
  timers_.run_for(Commands::kReplyTimeoutMs - 1);
  EXPECT_EQ(state(), LinkState::kConnected);
  timers_.run_for(1);
  EXPECT_EQ(state(), LinkState::kReconnecting);
}

TEST_F(RoomChatResumeTest, AnyAnswerIsASignOfLife) {
  connect(2);
  timers_.run_for(LinkController::kSilenceMs);
  pb::ServerFrame frame;
  frame.mutable_reply()->set_request_id(newest(pb::ClientFrame::kUnsubscribe).request_id());
  frame.mutable_reply()->mutable_error()->set_reason("ROOM_NAME_INVALID");
  transport_->deliver(frame);
  timers_.run_for(Commands::kReplyTimeoutMs);
  EXPECT_EQ(state(), LinkState::kConnected);
}

TEST_F(RoomChatResumeTest, PresenceReplacesWhatWasKnown) {
  connect(1);
  deliver_presence({author("anna", "Anna"), author("me", "Mia")}, 2);
  ASSERT_EQ(chat_->known_people(), 2u);
  EXPECT_EQ(chat_->people_count(), 2u);
  EXPECT_FALSE(chat_->person(0).self);
  EXPECT_TRUE(chat_->person(1).self);
  deliver_presence({author("me", "Mia")}, 150);
  EXPECT_EQ(chat_->known_people(), 1u);
  EXPECT_EQ(chat_->people_count(), 150u);
}

TEST_F(RoomChatResumeTest, CountsOthersMessagesWhileNobodyReadsTheEnd) {
  connect(2);
  chat_->set_reading_end(true);
  deliver_event(message(3));
  EXPECT_EQ(chat_->unread(), 0u);
  chat_->set_reading_end(false);
  deliver_event(message(4));
  deliver_event(message(5, "me"));
  pb::Message edited = message(2);
  edited.set_change_offset(6);
  deliver_event(edited);
  EXPECT_EQ(chat_->unread(), 1u);
  transport_->lose();
  reconnect();
  deliver_catch_up(8, {message(7), message(8, "me")});
  EXPECT_EQ(chat_->unread(), 2u);
  transport_->lose();
  reconnect();
  deliver_reset(11, 7);
  EXPECT_EQ(chat_->unread(), 5u);
  chat_->set_reading_end(true);
  EXPECT_EQ(chat_->unread(), 0u);
}

TEST_F(RoomChatResumeTest, ANewNameReachesTheServer) {
  storage_.values.erase("parley.name");
  load();
  chat_->start(true);
  accept("Guest-1234");
  deliver_reset(0);
  EXPECT_TRUE(sent(pb::ClientFrame::kSetName).empty());
  EXPECT_EQ(chat_->set_own_name("  "), TextProblem::kEmpty);
  EXPECT_EQ(chat_->set_own_name(" Mia \n"), TextProblem::kNone);
  EXPECT_EQ(chat_->own_name(), "Mia");
  EXPECT_EQ(storage_.values.at("parley.name"), "Mia");
  EXPECT_EQ(newest(pb::ClientFrame::kSetName).set_name().name(), "Mia");
  EXPECT_EQ(mirror_->name_changes, 1);
}

TEST_F(RoomChatResumeTest, ANameChosenWhileAwayGoesWithTheNextConnection) {
  connect(0);
  transport_->lose();
  timers_.run_for(1'000);
  chat_->set_own_name("Zoë");
  accept("Mia");  // the address still had the old one
  EXPECT_EQ(newest(pb::ClientFrame::kSetName).set_name().name(), "Zoë");
  transport_->lose();
  timers_.run_for(1'000);
  EXPECT_THAT(transport_->queries.back(), HasSubstr("name=Zo%C3%AB"));
  accept("Zoë");
  EXPECT_TRUE(sent(pb::ClientFrame::kSetName).empty());
}

TEST_F(RoomChatResumeTest, AnOlderGatewayIsAskedForTheRoomOnceMore) {
  chat_->start(true);
  transport_->accept();
  pb::ServerFrame frame;
  *frame.mutable_push()->mutable_welcome()->mutable_author() = author("me", "Mia");
  transport_->deliver(frame);
  EXPECT_EQ(newest(pb::ClientFrame::kSubscribe).subscribe().room(), "lobby");
  EXPECT_NE(newest(pb::ClientFrame::kSubscribe).request_id(), "c1");
  deliver_reset(1);
  EXPECT_EQ(state(), LinkState::kConnected);
}

TEST_F(RoomChatResumeTest, ANameThatTheSessionDoesNotHaveIsAskedForInTheAddress) {
  chat_->start(true);
  accept("Guest-1234");
  EXPECT_EQ(transport_->queries.size(), 2u);
  EXPECT_EQ(transport_->queries.back(), "room=lobby&name=Mia");
  EXPECT_EQ(chat_->own_name(), "Mia");
  accept();
  deliver_reset(1);
  EXPECT_EQ(state(), LinkState::kConnected);
  EXPECT_EQ(bodies().size(), 1u);
  EXPECT_TRUE(sent(pb::ClientFrame::kSetName).empty());
  EXPECT_EQ(transport_->queries.size(), 2u);
}

TEST_F(RoomChatResumeTest, AnotherNameThanTheOneAskedForIsOursInThisRoom) {
  chat_->start(true);
  accept("Mia 2");
  EXPECT_EQ(transport_->queries.back(), "room=lobby&name=Mia");
  accept("Mia 2");
  deliver_reset(0);
  EXPECT_EQ(chat_->own_name(), "Mia 2");
  EXPECT_EQ(mirror_->name_changes, 1);
  EXPECT_TRUE(sent(pb::ClientFrame::kSetName).empty());
  EXPECT_EQ(storage_.values.at("parley.name"), "Mia") << "elsewhere it may be free";
  transport_->lose();
  timers_.run_for(1'000);
  EXPECT_EQ(transport_->queries.back(), "room=lobby&name=Mia%202");
}

TEST_F(RoomChatResumeTest, ANameThatIsTakenIsToldAndAskedForNoMore) {
  connect(0);
  chat_->set_own_name("Ann");
  deliver_error(newest(pb::ClientFrame::kSetName).request_id(), "NAME_IN_USE", false);
  EXPECT_THAT(mirror_->taken_names, ElementsAre("Ann"));
  EXPECT_EQ(chat_->own_name(), "Mia");
  EXPECT_EQ(storage_.values.at("parley.name"), "Mia");
  timers_.run_for(NameKeeper::kRetryMs * 3);
  EXPECT_EQ(sent(pb::ClientFrame::kSetName).size(), 1u);
  chat_->set_own_name("Ann 2");
  EXPECT_EQ(newest(pb::ClientFrame::kSetName).set_name().name(), "Ann 2");
}

TEST_F(RoomChatResumeTest, AFirstNameThatIsTakenIsNoName) {
  storage_.values.erase("parley.name");
  load();
  chat_->start(true);
  accept("Guest-abcd");
  deliver_reset(0);
  chat_->set_own_name("Ann");
  deliver_error(newest(pb::ClientFrame::kSetName).request_id(), "NAME_IN_USE", false);
  EXPECT_EQ(chat_->own_name(), "");
  EXPECT_EQ(storage_.values.count("parley.name"), 0u);
}

TEST_F(RoomChatResumeTest, TheNameOfALoginStands) {
  connect(0);
  chat_->set_own_name("Ann");
  deliver_error(newest(pb::ClientFrame::kSetName).request_id(), "NAME_FIXED", false);
  EXPECT_EQ(chat_->own_name(), "Mia");
  EXPECT_TRUE(mirror_->taken_names.empty());
}

TEST_F(RoomChatResumeTest, ARefusedNameIsAskedForAFewTimesOnly) {
  connect(0);
  chat_->set_own_name("Zoë");
  for (int count = 0; count < 20; ++count) {
    deliver_error(newest(pb::ClientFrame::kSetName).request_id(), "CONNECTION_NOT_FOUND", false);
    timers_.run_for(NameKeeper::kRetryMs);
  }
  EXPECT_EQ(sent(pb::ClientFrame::kSetName).size(), static_cast<std::size_t>(NameKeeper::kTriesMax));
}

TEST_F(RoomChatResumeTest, TheDraftOutlivesAReload) {
  chat_->set_draft("half a thou");
  load();
  EXPECT_EQ(chat_->draft(), "half a thou");
  chat_->set_draft("");
  load();
  EXPECT_EQ(chat_->draft(), "");
  EXPECT_EQ(storage_.values.count("parley.draft.lobby"), 0u);
}

// The page is drawn then, with what there is.
TEST_F(RoomChatResumeTest, ItIsDecidedOnceWhetherTheRoomIsThere) {
  int decided = 0;
  chat_->start(true, [&decided] { ++decided; });
  accept();
  EXPECT_EQ(decided, 0);
  deliver_reset(3);
  EXPECT_EQ(decided, 1);
  EXPECT_EQ(chat_->item_count(), 3u);
  transport_->lose();
  EXPECT_EQ(decided, 1);
}

TEST_F(RoomChatResumeTest, ALostFirstAttemptDecidesToo) {
  int decided = 0;
  chat_->start(true, [&decided] { ++decided; });
  transport_->lose();
  EXPECT_EQ(decided, 1);
}

}  // namespace
}  // namespace parley::web
