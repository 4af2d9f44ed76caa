#include "tests/unit/web/view/page_test.h"

namespace parley::web::testing {
namespace {

using MessageListTest = PageTest;

TEST_F(MessageListTest, TextIsNeverMarkup) {
  model_.items_ = {model_.message("<img src=x onerror=alert(1)> & \"quotes\"", "a", "<b>Ana</b>")};
  open();
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0]->first("body")->all_text(), "<img src=x onerror=alert(1)> & \"quotes\"");
  EXPECT_EQ(rows()[0]->first("author")->all_text(), "<b>Ana</b>");
  EXPECT_TRUE(list().all_of_tag("img").empty());
  EXPECT_TRUE(list().all_of_tag("b").empty());
}

TEST_F(MessageListTest, NamesAndBodiesAreIsolatedByDirection) {
  model_.items_ = {model_.message("שלום", "a", "דנה")};
  open();
  EXPECT_EQ(rows()[0]->first("body")->attribute("dir"), "auto");
  EXPECT_EQ(rows()[0]->first("author")->attribute("dir"), "auto");
}

TEST_F(MessageListTest, OwnAndOthersApartWithTime) {
  model_.items_ = {model_.message("theirs", "a", "Ana"), model_.message("mine", "me", "Mia")};
  model_.items_[1].own = true;
  open();
  ASSERT_EQ(rows().size(), 2U);
  EXPECT_FALSE(rows()[0]->has_class("own"));
  EXPECT_TRUE(rows()[1]->has_class("own"));
  const auto times = rows()[0]->all_of_tag("time");
  ASSERT_EQ(times.size(), 1U);
  EXPECT_EQ(times[0]->attribute("datetime"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(times[0]->all_text(), "clock 1700000000000");
  EXPECT_NE(rows()[0]->first("avatar"), nullptr);
  EXPECT_EQ(rows()[1]->first("avatar"), nullptr);
}

TEST_F(MessageListTest, DeliveryStatesWithRetryAndDelete) {
  open();
  model_.send("hello");
  const std::string key = model_.items_[0].key;
  ASSERT_NE(row_of(key), nullptr);
  EXPECT_TRUE(row_of(key)->has_class("sending"));
  EXPECT_NE(row_of(key)->all_text().find("Sending…"), std::string::npos);

  model_.items_[0].delivery = Delivery::kFailed;
  model_.items_[0].failure = "Too many messages at once.";
  model_.observer_->item_changed(0, 0);
  EXPECT_TRUE(row_of(key)->has_class("failed"));
  EXPECT_NE(row_of(key)->all_text().find("Too many messages at once."), std::string::npos);
  document_.fire(*row_of(key)->first_with_text("button", "Retry"), "click");
  EXPECT_EQ(model_.retried_, std::vector<std::string>{key});

  model_.items_[0].delivery = Delivery::kSent;
  model_.observer_->item_changed(0, 0);
  EXPECT_EQ(row_of(key)->first_with_text("button", "Retry"), nullptr);
  EXPECT_EQ(row_of(key)->first("state")->all_text(), "Sent");

  model_.items_[0].delivery = Delivery::kFailed;
  model_.observer_->item_changed(0, 0);
  document_.fire(*row_of(key)->first_with_text("button", "Delete"), "click");
  EXPECT_EQ(model_.discarded_, std::vector<std::string>{key});
  EXPECT_TRUE(rows().empty());
  EXPECT_EQ(document_.focused(), &list());  // the pressed button is gone
}

TEST_F(MessageListTest, GroupsByAuthorAndTime) {
  model_.items_ = {model_.message("1", "a", "Ana"), model_.message("2", "a", "Ana"), model_.message("3", "b", "Ben"),
                   model_.message("4", "b", "Benno")};
  model_.time_ms_ += 6L * 60 * 1000;
  model_.items_.push_back(model_.message("5", "b", "Benno"));
  open();
  std::vector<bool> starts;
  for (const FakeNode* row : rows()) starts.push_back(row->has_class("group-start"));
  EXPECT_EQ(starts, (std::vector<bool>{true, false, true, true, true}));
  EXPECT_TRUE(rows()[1]->first("author")->has_class("unseen"));  // still named to those who hear
  EXPECT_EQ(rows()[1]->first("author")->all_text(), "Ana");
}

TEST_F(MessageListTest, DaysAreSetApartAndNamed) {
  constexpr std::int64_t kDayMs = 86'400'000;
  model_.time_ms_ -= 5 * kDayMs;
  model_.items_.push_back(model_.message("1", "a", "Ana"));
  model_.time_ms_ += 4 * kDayMs;
  model_.items_.push_back(model_.message("2", "a", "Ana"));
  model_.items_.push_back(model_.message("3", "a", "Ana"));
  model_.time_ms_ += kDayMs;
  model_.items_.push_back(model_.message("4", "a", "Ana"));
  time_.now_ms_ = model_.time_ms_;
  open();
  std::vector<std::string> days;
  for (const FakeNode* day : list().all("day")) days.push_back(day->all_text());
  EXPECT_EQ(days, (std::vector<std::string>{time_.day_text(model_.items_[0].time_ms), "Yesterday", "Today"}));

  time_.now_ms_ += kDayMs;
  document_.set_visible(true);
  EXPECT_EQ(list().all("day").back()->all_text(), "Yesterday");
}

TEST_F(MessageListTest, AnOwnMessageTakesItsPlaceInTheStoredOrder) {
  model_.items_ = {model_.message("1", "a", "Ana")};
  open();
  model_.send("mine");
  model_.insert(1, {model_.message("2", "a", "Ana")});
  model_.insert(2, {model_.message("3", "a", "Ana")});
  std::swap(model_.items_[2], model_.items_[3]);
  std::swap(model_.items_[1], model_.items_[2]);
  model_.items_[1].delivery = Delivery::kSent;
  model_.observer_->item_changed(1, 3);
  std::vector<std::string> bodies;
  for (FakeNode* row : rows()) bodies.push_back(row->first("body")->all_text());
  EXPECT_EQ(bodies, (std::vector<std::string>{"1", "mine", "2", "3"}));
  EXPECT_TRUE(rows()[2]->has_class("group-start"));
  EXPECT_FALSE(rows()[3]->has_class("group-start"));
}

TEST_F(MessageListTest, HistoryInWords) {
  model_.history_ = History::kUnknown;
  open();
  FakeNode& head = *list().first("head");
  EXPECT_TRUE(head.first("loading")->shown());
  model_.set_history(History::kComplete);
  EXPECT_FALSE(head.first("loading")->shown());
  EXPECT_TRUE(head.first("beginning")->shown());
  EXPECT_NE(head.all_text().find("No messages yet"), std::string::npos);
  model_.set_history(History::kFailed);
  EXPECT_TRUE(head.first("notice")->shown());
  document_.fire(*head.first_with_text("button", "Try again"), "click");
  EXPECT_EQ(model_.older_asked_, 1);
}

TEST_F(MessageListTest, NewMessagesAreSpokenOnceAndScrollingIsSilent) {
  model_.items_ = model_.messages(500, "old ");
  open();
  FakeNode& spoken = *list().first("spoken");
  EXPECT_EQ(list().attribute("role"), "log");
  EXPECT_EQ(list().attribute("aria-live"), "polite");
  EXPECT_EQ(list().first("list")->attribute("aria-live"), "off");  // the rows are no news by coming into the page
  EXPECT_EQ(spoken.all_text(), "");

  model_.arrive("fresh");
  EXPECT_EQ(spoken.all_text(), "Ben: fresh");
  document_.scroll(list(), 0);
  document_.scroll(list(), 5'000);
  EXPECT_EQ(spoken.all_text(), "Ben: fresh");
  model_.insert(0, model_.messages(50, "older "));
  EXPECT_EQ(spoken.all_text(), "Ben: fresh");
  model_.send("own");
  EXPECT_EQ(spoken.all_text(), "Ben: fresh");
  document_.advance(60'000);
  EXPECT_EQ(spoken.all_text(), "");

  model_.insert(model_.items_.size(), model_.messages(7, "burst "));
  EXPECT_EQ(spoken.all_text(), "7 new messages");
}

TEST_F(MessageListTest, TheFirstPageIsNotSpokenButTheFirstMessageIs) {
  model_.history_ = History::kUnknown;
  open();
  model_.history_ = History::kHasOlder;
  model_.insert(0, model_.messages(3, "old "));
  EXPECT_EQ(list().first("spoken")->all_text(), "");
  model_.arrive("fresh");
  EXPECT_EQ(list().first("spoken")->all_text(), "Ben: fresh");
}

TEST_F(MessageListTest, TheFirstMessageOfAnEmptyRoomIsSpoken) {
  open();
  model_.arrive("first ever");
  EXPECT_EQ(list().first("spoken")->all_text(), "Ben: first ever");
}

TEST_F(MessageListTest, OfAFloodThatNobodyCanFollowTheNumberIsSpoken) {
  open();
  for (int number = 0; number < 100; ++number) model_.arrive("flood");
  EXPECT_EQ(list().first("spoken")->children.size(), 12U);
  document_.advance(8'000);
  EXPECT_EQ(list().first("spoken")->all_text(), "88 new messages");
  document_.advance(8'000);
  EXPECT_EQ(list().first("spoken")->all_text(), "");
}

TEST_F(MessageListTest, WhatComesBetweenTwoFramesIsDrawnAtOnce) {
  model_.items_ = model_.messages(100, "old ");
  open();
  document_.frames_held = true;
  for (int number = 0; number < 5; ++number) model_.arrive("fresh " + std::to_string(number));
  EXPECT_EQ(rows().back()->first("body")->all_text(), "old 99");
  document_.draw_frame();
  EXPECT_EQ(rows().back()->first("body")->all_text(), "fresh 4");
  expect_at_end();
  model_.arrive("later");
  document_.draw_frame();
  EXPECT_EQ(rows().back()->first("body")->all_text(), "later");
}

TEST_F(MessageListTest, AMessageThatGoesBeforeItIsDrawnLeavesNoTrace) {
  model_.items_ = model_.messages(100, "old ");
  open();
  document_.frames_held = true;
  model_.arrive("fresh");
  model_.send("own");
  model_.discard(model_.items_.back().key);
  document_.draw_frame();
  EXPECT_EQ(rows().back()->first("body")->all_text(), "fresh");
  expect_at_end();
}

TEST_F(MessageListTest, ResetStartsAnew) {
  model_.items_ = model_.messages(100, "old ");
  open();
  document_.scroll(list(), 300);
  model_.items_ = model_.messages(2, "new ");
  model_.observer_->timeline_reset();
  document_.settle();
  ASSERT_EQ(rows().size(), 2U);
  EXPECT_EQ(rows()[0]->first("body")->all_text(), "new 0");
  expect_at_end();
}

}  // namespace
}  // namespace parley::web::testing
