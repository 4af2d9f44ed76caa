// Reading back.
#include <gmock/gmock.h>

#include "tests/unit/web/model/room_chat_fixture.h"

namespace parley::web {
namespace {

using testing::ElementsAre;

class RoomChatHistoryTest : public RoomChatFixture {
 protected:
  void deliver_page(std::int64_t first, std::int64_t last, std::string_view token) {
    pb::ServerFrame frame;
    frame.mutable_reply()->set_request_id(newest(pb::ClientFrame::kGetMessages).request_id());
    pb::GetMessagesResponse& page = *frame.mutable_reply()->mutable_get_messages();
    page.set_previous_page_token(std::string(token));
    for (std::int64_t offset = first; offset <= last; ++offset) *page.add_messages() = message(offset);
    transport_->deliver(frame);
  }
  std::size_t asked() const { return sent(pb::ClientFrame::kGetMessages).size(); }
};

TEST_F(RoomChatHistoryTest, PageByPageToTheFirstMessage) {
  connect(6, 5, "t1");
  EXPECT_EQ(chat_->history(), History::kHasOlder);
  chat_->load_older();
  chat_->load_older();
  EXPECT_EQ(asked(), 1u);
  EXPECT_EQ(newest(pb::ClientFrame::kGetMessages).get_messages().page_token(), "t1");
  EXPECT_EQ(chat_->history(), History::kLoading);
  deliver_page(3, 4, "t2");
  EXPECT_EQ(chat_->history(), History::kHasOlder);
  chat_->load_older();
  EXPECT_EQ(newest(pb::ClientFrame::kGetMessages).get_messages().page_token(), "t2");
  deliver_page(1, 2, "");
  EXPECT_EQ(chat_->history(), History::kComplete);
  EXPECT_EQ(chat_->item_count(), 6u);
  EXPECT_EQ(chat_->item(0).offset, 1);
  chat_->load_older();
  EXPECT_EQ(asked(), 2u);
}

TEST_F(RoomChatHistoryTest, IsUnknownBeforeTheRoomIs) {
  EXPECT_EQ(chat_->history(), History::kUnknown);
  chat_->load_older();
  EXPECT_EQ(chat_->history(), History::kUnknown);
}

TEST_F(RoomChatHistoryTest, ARequestLostWithItsConnectionIsRepeated) {
  connect(6, 5, "t1");
  chat_->load_older();
  transport_->lose();
  EXPECT_EQ(chat_->history(), History::kLoading);
  reconnect();
  deliver_catch_up(6, {});
  EXPECT_EQ(newest(pb::ClientFrame::kGetMessages).get_messages().page_token(), "t1");
  deliver_page(1, 4, "");
  EXPECT_EQ(chat_->item_count(), 6u);
}

TEST_F(RoomChatHistoryTest, ARequestMadeWithoutAConnectionWaitsForIt) {
  connect(6, 5, "t1");
  transport_->lose();
  chat_->load_older();
  EXPECT_EQ(chat_->history(), History::kLoading);
  reconnect();
  EXPECT_EQ(asked(), 0u);
  deliver_catch_up(6, {});
  EXPECT_EQ(asked(), 1u);
}

TEST_F(RoomChatHistoryTest, AResetBringsTheNewToken) {
  connect(6, 5, "t1");
  chat_->load_older();
  transport_->lose();
  reconnect();
  deliver_reset(2'000, 1'999, "t9");
  EXPECT_EQ(asked(), 0u);
  EXPECT_EQ(chat_->history(), History::kHasOlder);
  chat_->load_older();
  EXPECT_EQ(newest(pb::ClientFrame::kGetMessages).get_messages().page_token(), "t9");
}

// The page was asked for before the reset: what it brings belongs before messages that are gone.
TEST_F(RoomChatHistoryTest, APageFromBeforeAResetIsDropped) {
  connect(6, 5, "t1");
  chat_->load_older();
  pb::ServerFrame resync;
  resync.mutable_push()->mutable_resync()->set_room("lobby");
  transport_->deliver(resync);
  deliver_reset(2'000, 1'999, "t9");
  deliver_page(3, 4, "t2");
  EXPECT_THAT(bodies(), ElementsAre("text 1999", "text 2000"));
  EXPECT_EQ(chat_->history(), History::kHasOlder);
}

TEST_F(RoomChatHistoryTest, AFailureCanBeTriedAgain) {
  connect(6, 5, "t1");
  chat_->load_older();
  deliver_error(newest(pb::ClientFrame::kGetMessages).request_id(), "DATABASE_UNAVAILABLE", true);
  EXPECT_EQ(chat_->history(), History::kFailed);
  chat_->load_older();
  EXPECT_EQ(asked(), 2u);
  deliver_page(1, 4, "");
  EXPECT_EQ(chat_->history(), History::kComplete);
}

TEST_F(RoomChatHistoryTest, NewMessagesComeWhileAPageIsRead) {
  connect(6, 5, "t1");
  chat_->load_older();
  deliver_event(message(7));
  deliver_page(3, 4, "t2");
  EXPECT_THAT(bodies(), ElementsAre("text 3", "text 4", "text 5", "text 6", "text 7"));
}

// Whoever reads the end needs no more of it than some screens.
TEST_F(RoomChatHistoryTest, TheOldestAreDroppedWhileTheEndIsRead) {
  chat_->set_reading_end(true);
  connect(100);
  const auto most = static_cast<std::int64_t>(RoomChat::kHeldMost);
  for (std::int64_t offset = 101; offset <= most; ++offset) deliver_event(message(offset));
  EXPECT_EQ(chat_->item_count(), RoomChat::kHeldMost);
  EXPECT_EQ(chat_->history(), History::kComplete);
  deliver_event(message(most + 1));
  EXPECT_EQ(chat_->item_count(), RoomChat::kKept);
  EXPECT_EQ(last_item().offset, most + 1);
  EXPECT_EQ(chat_->history(), History::kHasOlder);
  EXPECT_EQ(mirror_->dropped, RoomChat::kHeldMost + 1 - RoomChat::kKept);
}

TEST_F(RoomChatHistoryTest, WhatWasDroppedIsReadAgainFromTheLatestPageOn) {
  chat_->set_reading_end(true);
  connect(100);
  const auto last = static_cast<std::int64_t>(RoomChat::kHeldMost) + 1;
  for (std::int64_t offset = 101; offset <= last; ++offset) deliver_event(message(offset));
  const std::int64_t first_held = chat_->item(0).offset;
  chat_->load_older();
  EXPECT_EQ(newest(pb::ClientFrame::kGetMessages).get_messages().page_token(), "");
  deliver_page(first_held + 100, last, "t1");
  EXPECT_EQ(chat_->history(), History::kLoading);
  EXPECT_EQ(newest(pb::ClientFrame::kGetMessages).get_messages().page_token(), "t1");
  deliver_page(first_held - 100, first_held + 99, "t2");
  EXPECT_EQ(chat_->history(), History::kHasOlder);
  EXPECT_EQ(chat_->item(0).offset, first_held - 100);
  EXPECT_EQ(chat_->item_count(), RoomChat::kKept + 100);
}

TEST_F(RoomChatHistoryTest, ReadingBackManyMoreAreHeld) {
  connect(100);
  const auto most = static_cast<std::int64_t>(RoomChat::kHeldMostReadingBack);
  for (std::int64_t offset = 101; offset <= most; ++offset) deliver_event(message(offset));
  EXPECT_EQ(chat_->item_count(), RoomChat::kHeldMostReadingBack);
  deliver_event(message(most + 1));
  EXPECT_EQ(chat_->item_count(), RoomChat::kKeptReadingBack);
}

}  // namespace
}  // namespace parley::web
