// Sending: once, in order, whatever gets lost.
#include <gmock/gmock.h>

#include "tests/unit/web/model/room_chat_fixture.h"

namespace parley::web {
namespace {

using testing::ElementsAre;

class RoomChatSendTest : public RoomChatFixture {
 protected:
  pb::ClientFrame send(std::string_view body) {
    EXPECT_EQ(chat_->send(body), TextProblem::kNone);
    return newest(pb::ClientFrame::kSendMessage);
  }
  std::size_t stored_keys() const { return storage_.keys("parley.outbox.").size(); }
};

TEST_F(RoomChatSendTest, AMessageIsShownAtOnceAndSentThenStored) {
  connect(2);
  const pb::ClientFrame frame = send("hello");
  EXPECT_EQ(frame.send_message().room(), "lobby");
  EXPECT_EQ(frame.send_message().body(), "hello");
  EXPECT_EQ(frame.send_message().client_time(), "1700000000000");
  EXPECT_EQ(last_item().delivery, Delivery::kSending);
  EXPECT_TRUE(last_item().own);
  EXPECT_EQ(stored_keys(), 1u);
  const std::string key = last_item().key;
  deliver_sent(message(3, "me", frame.request_id()));
  EXPECT_EQ(last_item().delivery, Delivery::kSent);
  EXPECT_EQ(last_item().offset, 3);
  EXPECT_EQ(last_item().key, key);
  EXPECT_EQ(stored_keys(), 0u);
}

TEST_F(RoomChatSendTest, ReplyBeforeEvent) {
  connect(2);
  const pb::ClientFrame frame = send("hello");
  deliver_sent(message(3, "me", frame.request_id()));
  deliver_event(message(3, "me", frame.request_id()));
  EXPECT_EQ(chat_->item_count(), 3u);
  deliver_event(message(4));
  EXPECT_EQ(sent(pb::ClientFrame::kSubscribe).size(), 0u) << "the own event moves the position";
}

TEST_F(RoomChatSendTest, EventBeforeReply) {
  connect(2);
  const pb::ClientFrame frame = send("hello");
  const std::string key = last_item().key;
  deliver_event(message(3, "me", frame.request_id()));
  EXPECT_EQ(last_item().delivery, Delivery::kSent);
  EXPECT_EQ(last_item().key, key);
  deliver_sent(message(3, "me", frame.request_id()));
  EXPECT_EQ(chat_->item_count(), 3u);
  EXPECT_EQ(stored_keys(), 0u);
}

TEST_F(RoomChatSendTest, AReplyAheadOfOthersEventsFindsItsPlace) {
  connect(2);
  const pb::ClientFrame frame = send("hello");
  deliver_sent(message(4, "me", frame.request_id()));
  deliver_event(message(3));
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "text 3", "text 4"));
  deliver_event(message(4, "me", frame.request_id()));
  EXPECT_EQ(chat_->item_count(), 4u);
}

TEST_F(RoomChatSendTest, AnUnfitMessageIsNotTaken) {
  connect(2);
  EXPECT_EQ(chat_->send(" \n "), TextProblem::kEmpty);
  EXPECT_EQ(chat_->send(std::string(16'001, 'x')), TextProblem::kTooLong);
  EXPECT_EQ(chat_->send("\xff"), TextProblem::kInvalid);
  EXPECT_EQ(chat_->item_count(), 2u);
  EXPECT_EQ(stored_keys(), 0u);
}

TEST_F(RoomChatSendTest, OneAtATimeInTheOrderOfWriting) {
  connect(0);
  const pb::ClientFrame first = send("a");
  EXPECT_EQ(send("b").send_message().body(), "a") << "waits for the reply";
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
  deliver_sent(message(1, "me", first.request_id()));
  EXPECT_EQ(newest(pb::ClientFrame::kSendMessage).send_message().body(), "b");
}

TEST_F(RoomChatSendTest, NothingIsSentBeforeTheRoomIsSubscribed) {
  chat_->start(true);
  chat_->send("early");
  accept();
  EXPECT_TRUE(sent(pb::ClientFrame::kSendMessage).empty());
  deliver_reset(0);
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
}

TEST_F(RoomChatSendTest, NothingIsSentUnderTheOldName) {
  connect(0);
  chat_->set_own_name("Zoë");
  chat_->send("I am Zoë");
  EXPECT_TRUE(sent(pb::ClientFrame::kSendMessage).empty());
  pb::ServerFrame frame;
  frame.mutable_reply()->set_request_id(newest(pb::ClientFrame::kSetName).request_id());
  *frame.mutable_reply()->mutable_set_name()->mutable_author() = author("me", "Zoë");
  transport_->deliver(frame);
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
}

// Whoever has chosen a name does not want to speak under another one: until they have chosen again, or turned away.
TEST_F(RoomChatSendTest, NothingIsSentWhileTheNameIsSomebodyElses) {
  connect(0);
  chat_->set_own_name("Ann");
  chat_->send("I am Ann");
  deliver_error(newest(pb::ClientFrame::kSetName).request_id(), "NAME_IN_USE", false);
  EXPECT_TRUE(sent(pb::ClientFrame::kSendMessage).empty());
  chat_->set_own_name("Ann 2");
  pb::ServerFrame frame;
  frame.mutable_reply()->set_request_id(newest(pb::ClientFrame::kSetName).request_id());
  *frame.mutable_reply()->mutable_set_name()->mutable_author() = author("me", "Ann 2");
  transport_->deliver(frame);
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
}

TEST_F(RoomChatSendTest, WhoeverKeepsTheirNameSendsUnderIt) {
  connect(0);
  chat_->set_own_name("Ann");
  chat_->send("whoever I am");
  deliver_error(newest(pb::ClientFrame::kSetName).request_id(), "NAME_IN_USE", false);
  chat_->keep_own_name();
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
}

// The server stored it, but the answer was lost: the repeat has the same request_id, and there is one item.
TEST_F(RoomChatSendTest, ALostReplyLeadsToOneItem) {
  connect(2);
  const pb::ClientFrame first = send("hello");
  transport_->lose();
  EXPECT_EQ(last_item().delivery, Delivery::kSending);
  reconnect();
  deliver_catch_up(2, {});
  const pb::ClientFrame second = newest(pb::ClientFrame::kSendMessage);
  EXPECT_EQ(second.request_id(), first.request_id());
  EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
  deliver_sent(message(3, "me", first.request_id()));
  EXPECT_EQ(chat_->item_count(), 3u);
}

TEST_F(RoomChatSendTest, ACatchUpThatBringsTheMessageMakesTheRepeatNeedless) {
  connect(2);
  const pb::ClientFrame first = send("hello");
  transport_->lose();
  reconnect();
  deliver_catch_up(3, {message(3, "me", first.request_id())});
  EXPECT_TRUE(sent(pb::ClientFrame::kSendMessage).empty());
  EXPECT_EQ(chat_->item_count(), 3u);
  EXPECT_EQ(last_item().delivery, Delivery::kSent);
  EXPECT_EQ(stored_keys(), 0u);
}

TEST_F(RoomChatSendTest, AReplyThatNeverComesEndsTheConnection) {
  connect(2);
  const pb::ClientFrame first = send("hello");
  timers_.run_for(Commands::kReplyTimeoutMs - 1);
  EXPECT_EQ(state(), LinkState::kConnected);
  timers_.run_for(1);
  EXPECT_EQ(state(), LinkState::kReconnecting);
  reconnect();
  deliver_catch_up(2, {});
  EXPECT_EQ(newest(pb::ClientFrame::kSendMessage).request_id(), first.request_id());
}

TEST_F(RoomChatSendTest, MessagesWrittenOfflineOutliveAReload) {
  connect(2);
  chat_->set_online(false);
  chat_->send("a");
  chat_->send("b");
  EXPECT_EQ(chat_->link().state, LinkState::kOffline);
  const std::vector<std::string> keys = storage_.keys("parley.outbox.lobby.");
  load();
  EXPECT_THAT(bodies(), ElementsAre("a", "b"));
  EXPECT_EQ(last_item().delivery, Delivery::kSending);
  connect(2);
  EXPECT_THAT(bodies(), ElementsAre("text 1", "text 2", "a", "b"));
  const pb::ClientFrame first = newest(pb::ClientFrame::kSendMessage);
  EXPECT_EQ(first.send_message().body(), "a");
  EXPECT_THAT(keys, testing::Contains("parley.outbox.lobby." + first.request_id()));
  deliver_sent(message(3, "me", first.request_id()));
  const pb::ClientFrame second = newest(pb::ClientFrame::kSendMessage);
  EXPECT_EQ(second.send_message().body(), "b");
  EXPECT_THAT(keys, testing::Contains("parley.outbox.lobby." + second.request_id()));
  deliver_sent(message(4, "me", second.request_id()));
  EXPECT_EQ(stored_keys(), 0u);
}

TEST_F(RoomChatSendTest, AFullStorageDoesNotStopSending) {
  storage_.full = true;
  connect(0);
  const pb::ClientFrame frame = send("a");
  deliver_sent(message(1, "me", frame.request_id()));
  EXPECT_EQ(last_item().delivery, Delivery::kSent);
}

TEST_F(RoomChatSendTest, ARefusalIsToldAndCanBeRetriedOrDiscarded) {
  connect(0);
  const pb::ClientFrame first = send("a");
  chat_->send("b");
  deliver_error(first.request_id(), "TEXT_INVALID", false);
  EXPECT_EQ(chat_->item(0).delivery, Delivery::kFailed);
  EXPECT_EQ(chat_->item(0).failure, "This message has characters that cannot be sent.");
  const pb::ClientFrame second = newest(pb::ClientFrame::kSendMessage);
  EXPECT_EQ(second.send_message().body(), "b") << "the next one goes on";
  deliver_sent(message(1, "me", second.request_id()));

  chat_->retry(last_item().key);
  EXPECT_EQ(last_item().delivery, Delivery::kSending);
  EXPECT_EQ(newest(pb::ClientFrame::kSendMessage).request_id(), first.request_id());
  deliver_error(first.request_id(), "TEXT_INVALID", false);
  load();
  EXPECT_EQ(last_item().delivery, Delivery::kFailed);
  chat_->discard(last_item().key);
  EXPECT_EQ(chat_->item_count(), 0u);
  EXPECT_EQ(stored_keys(), 0u);
}

TEST_F(RoomChatSendTest, AMessageUnderSomebodyElsesNameStaysAndAsksForAnother) {
  connect(0);
  const pb::ClientFrame first = send("a");
  chat_->send("b");
  deliver_error(first.request_id(), "NAME_IN_USE", false);
  EXPECT_EQ(chat_->item(0).delivery, Delivery::kFailed);
  EXPECT_EQ(chat_->item(0).failure, "Somebody else here has your name. Choose another one, then send it again.");
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u) << "the next one waits for the choice";
  chat_->set_own_name("Ann 2");
  pb::ServerFrame frame;
  frame.mutable_reply()->set_request_id(newest(pb::ClientFrame::kSetName).request_id());
  *frame.mutable_reply()->mutable_set_name()->mutable_author() = author("me", "Ann 2");
  transport_->deliver(frame);
  const pb::ClientFrame second = newest(pb::ClientFrame::kSendMessage);
  EXPECT_EQ(second.send_message().body(), "b");
  deliver_sent(message(1, "me", second.request_id()));
  chat_->retry(last_item().key);
  EXPECT_EQ(newest(pb::ClientFrame::kSendMessage).request_id(), first.request_id());
}

TEST_F(RoomChatSendTest, OnlyAFailedMessageCanBeDiscarded) {
  connect(0);
  send("a");
  chat_->discard(last_item().key);
  chat_->retry(last_item().key);
  EXPECT_EQ(chat_->item_count(), 1u);
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
}

TEST_F(RoomChatSendTest, AnOverloadedServerIsAskedAgainWithTheSameRequestId) {
  connect(0);
  const pb::ClientFrame first = send("a");
  random_.number = 500;
  deliver_error(first.request_id(), "OVERLOADED", true);
  EXPECT_EQ(last_item().delivery, Delivery::kSending);
  timers_.run_for(499);
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
  timers_.run_for(1);
  ASSERT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 2u);
  random_.number = 1'000;
  deliver_error(first.request_id(), "OVERLOADED", true);
  timers_.run_for(999);
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 2u);
  timers_.run_for(1);
  EXPECT_EQ(newest(pb::ClientFrame::kSendMessage).request_id(), first.request_id());
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 3u);
}

TEST_F(RoomChatSendTest, AResetKeepsWhatIsUnsent) {
  connect(2);
  send("a");
  transport_->lose();
  reconnect();
  deliver_reset(9, 8, "t", "e2");
  EXPECT_THAT(bodies(), ElementsAre("text 8", "text 9", "a"));
  EXPECT_EQ(sent(pb::ClientFrame::kSendMessage).size(), 1u);
}

TEST_F(RoomChatSendTest, AReplyOfAnotherEpochLeadsToANewSubscription) {
  connect(2);
  const pb::ClientFrame frame = send("a");
  deliver_sent(message(1, "me", frame.request_id()), "e2");
  EXPECT_EQ(sent(pb::ClientFrame::kSubscribe).size(), 1u);
  EXPECT_EQ(stored_keys(), 0u);
  EXPECT_EQ(chat_->item_count(), 2u);
}

TEST_F(RoomChatSendTest, TwoTabsSettleTheSameMessageOnce) {
  connect(0);
  chat_->set_online(false);
  chat_->send("from tab one");
  FakeTransport transport;
  RoomChat other({transport, storage_, timers_, clock_, random_, page_}, "lobby");
  EXPECT_EQ(other.item_count(), 1u);
  other.send("from tab two");
  EXPECT_EQ(stored_keys(), 2u);
  chat_->set_online(true);
  accept();
  deliver_catch_up(0, {});
  deliver_sent(message(1, "me", newest(pb::ClientFrame::kSendMessage).request_id()));
  EXPECT_EQ(stored_keys(), 1u) << "the other tab's message stays";
}

}  // namespace
}  // namespace parley::web
