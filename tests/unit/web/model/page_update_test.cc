// A newer version of the page: taken by itself, or offered.
#include "web/model/page_update.h"

#include <gmock/gmock.h>

#include "tests/unit/web/model/room_chat_fixture.h"

namespace parley::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PageUpdateTest : public RoomChatFixture {
 protected:
  void tell(std::string_view version) {
    pb::ServerFrame frame;
    frame.mutable_push()->mutable_page_version()->set_version(std::string(version));
    transport_->deliver(frame);
  }
  void reconnect_to(std::string_view version) {
    transport_->lose();
    timers_.run_for(1'000);
    transport_->accept();
    pb::ServerFrame frame;
    pb::Welcome& welcome = *frame.mutable_push()->mutable_welcome();
    *welcome.mutable_author() = author("me", "Mia");
    welcome.set_page_version(std::string(version));
    transport_->deliver(frame);
  }
};

TEST_F(PageUpdateTest, AnIdlePageReloadsItselfAfterATimeOfChance) {
  random_.number = 7'000;
  connect(2);
  tell("v2");
  timers_.run_for(6'999);
  EXPECT_THAT(page_.reloads, IsEmpty());
  timers_.run_for(1);
  EXPECT_THAT(page_.reloads, ElementsAre("v2"));
  EXPECT_FALSE(chat_->page_update_offered());
}

TEST_F(PageUpdateTest, ItsOwnVersionAndNoneAreNoNews) {
  connect(2);
  tell("v1");
  tell("");
  timers_.run_for(PageUpdate::kSpreadMs);
  page_.own = "";
  tell("v2");
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_THAT(page_.reloads, IsEmpty());
  EXPECT_FALSE(chat_->page_update_offered());
}

TEST_F(PageUpdateTest, LearnsOfItWhenItConnectsAgain) {
  connect(2);
  reconnect_to("v2");
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_THAT(page_.reloads, ElementsAre("v2"));
}

TEST_F(PageUpdateTest, ARollbackInTimeLeavesThePageAlone) {
  random_.number = 5'000;
  connect(2);
  tell("v2");
  tell("v1");
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_THAT(page_.reloads, IsEmpty());
}

TEST_F(PageUpdateTest, IsOfferedToWhoWrites) {
  connect(2);
  chat_->set_draft("half a senten");
  tell("v2");
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_THAT(page_.reloads, IsEmpty());
  EXPECT_TRUE(chat_->page_update_offered());
  EXPECT_EQ(mirror_->page_update_changes, 1);
  chat_->accept_page_update();
  EXPECT_THAT(page_.reloads, ElementsAre("v2"));
  load();
  EXPECT_EQ(chat_->draft(), "half a senten");
}

TEST_F(PageUpdateTest, IsOfferedWhileSomethingIsUnsent) {
  connect(2);
  chat_->send("under way");
  tell("v2");
  timers_.run_for(1'000);
  EXPECT_THAT(page_.reloads, IsEmpty());
  EXPECT_TRUE(chat_->page_update_offered());
}

TEST_F(PageUpdateTest, IsOfferedToWhoReadsBackAndTakenWhenThePageIsHidden) {
  connect(2);
  mirror_->is_engaged = true;
  tell("v2");
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_TRUE(chat_->page_update_offered());
  chat_->page_hidden();
  EXPECT_THAT(page_.reloads, IsEmpty());
  mirror_->is_engaged = false;
  chat_->page_hidden();
  EXPECT_THAT(page_.reloads, ElementsAre("v2"));
}

TEST_F(PageUpdateTest, ReloadsItselfOnceForAVersion) {
  page_.before = "v2";
  connect(2);
  tell("v2");
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_THAT(page_.reloads, IsEmpty());
  EXPECT_TRUE(chat_->page_update_offered());
}

TEST_F(PageUpdateTest, WhatTheStorageRefusedIsNotLost) {
  connect(2);
  storage_.full = true;
  chat_->set_draft("nowhere but here");
  tell("v2");
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_FALSE(chat_->page_update_offered());
  EXPECT_THAT(page_.reloads, IsEmpty());
  chat_->set_draft("");
  chat_->send("not stored either");
  timers_.run_for(1'000);
  EXPECT_THAT(page_.reloads, IsEmpty());
  storage_.full = false;
  pb::ServerFrame stored;
  stored.mutable_reply()->set_request_id(newest(pb::ClientFrame::kSendMessage).request_id());
  *stored.mutable_reply()->mutable_send_message()->mutable_message() =
      message(3, "me", newest(pb::ClientFrame::kSendMessage).request_id());
  stored.mutable_reply()->mutable_send_message()->set_epoch(kEpoch);
  transport_->deliver(stored);
  timers_.run_for(PageUpdate::kSpreadMs);
  EXPECT_THAT(page_.reloads, ElementsAre("v2"));
}

TEST_F(PageUpdateTest, AnOfferThatWouldLoseSomethingIsTakenBack) {
  connect(2);
  chat_->set_draft("stored");
  tell("v2");
  timers_.run_for(1);
  ASSERT_TRUE(chat_->page_update_offered());
  storage_.full = true;
  chat_->set_draft("stored no longer");
  chat_->accept_page_update();
  EXPECT_THAT(page_.reloads, IsEmpty());
  EXPECT_FALSE(chat_->page_update_offered());
}

}  // namespace
}  // namespace parley::web
