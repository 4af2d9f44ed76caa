// What a person reads never moves by itself.
#include "tests/unit/web/view/page_test.h"

namespace parley::web::testing {
namespace {

class ScrollingTest : public PageTest {
 protected:
  void open_with(std::size_t count) {
    model_.history_ = History::kHasOlder;
    model_.items_ = model_.messages(count, "message ");
    open();
    model_.older_asked_ = 0;
  }

  // The first row whose lower edge is on screen.
  FakeNode& reading() {
    for (FakeNode* row : rows()) {
      if (document_.screen_top(*row) + document_.height_of(*row) > 0) return *row;
    }
    ADD_FAILURE() << "nothing is on screen";
    return *rows().front();
  }
  // Where its text lies on screen, from below: what is above the text in the row may come and go.
  double reading_at(const std::string& key) {
    FakeNode* row = row_of(key);
    if (row == nullptr) return -1e9;
    return document_.screen_top(*row) + document_.height_of(*row);
  }
  void expect_filled() {
    FakeNode& head = *list().first("head");
    double covered = std::max(0.0, document_.screen_top(head) + document_.height_of(head));
    for (FakeNode* row : rows()) {
      const double top = std::max(0.0, document_.screen_top(*row));
      const double bottom = std::min(document_.viewport_height, document_.screen_top(*row) + document_.height_of(*row));
      covered += std::max(0.0, bottom - top);
    }
    EXPECT_NEAR(covered, document_.viewport_height, 1);
  }
};

TEST_F(ScrollingTest, BeginsAtTheEndWithFewRowsInThePage) {
  open_with(10'000);
  expect_at_end();
  EXPECT_EQ(rows().back()->first("body")->all_text(), "message 9999");
  EXPECT_LT(rows().size(), 120U);
  expect_filled();
}

TEST_F(ScrollingTest, TenThousandMessagesToTheTopStepByStep) {
  open_with(10'000);
  model_.history_ = History::kComplete;
  std::size_t most = 0;
  for (int step = 0; step < 2'000 && document_.scroll_box_of(list()).top > 0; ++step) {
    FakeNode& row = reading();
    const std::string key = row.attribute("data-key");
    const double at = reading_at(key);
    const double before = document_.scroll_box_of(list()).top;
    document_.scroll(list(), before - 450);
    if (before > 450) {
      ASSERT_NEAR(reading_at(key), at + 450, 1) << "at step " << step;
    }
    most = std::max(most, rows().size());
    if (step % 50 == 0) expect_filled();
  }
  EXPECT_EQ(rows().front()->first("body")->all_text(), "message 0");
  EXPECT_LT(most, 150U);
}

TEST_F(ScrollingTest, FarJumpsLandOnDrawnRows) {
  open_with(10'000);
  for (const double share : {0.5, 0.1, 0.9, 0.0, 1.0, 0.3}) {
    document_.scroll(list(), share * document_.scroll_box_of(list()).content_height);
    expect_filled();
    EXPECT_LT(rows().size(), 150U);
  }
}

TEST_F(ScrollingTest, OlderMessagesAboveMoveNothing) {
  open_with(200);
  document_.scroll(list(), 100);
  const std::string key = reading().attribute("data-key");
  const double at = reading_at(key);
  model_.insert(0, model_.messages(50, "older "));
  document_.settle();
  EXPECT_NEAR(reading_at(key), at, 1);
  EXPECT_GT(document_.scroll_box_of(list()).top, 1'000);
  expect_filled();
}

TEST_F(ScrollingTest, OlderMessagesAtTheVeryTopMoveNothing) {
  open_with(200);
  document_.scroll(list(), 0);
  const std::string key = model_.items_[0].key;  // its day heading goes: another message of that day stands before it
  const double at = reading_at(key);
  model_.insert(0, model_.messages(50, "older "));
  document_.settle();
  EXPECT_NEAR(reading_at(key), at, 1);
}

TEST_F(ScrollingTest, ArrivalsBelowMoveNothing) {
  open_with(200);
  document_.scroll(list(), 2'000);
  const std::string key = reading().attribute("data-key");
  const double at = reading_at(key);
  for (int count = 0; count < 20; ++count) model_.arrive("news");
  document_.settle();
  EXPECT_NEAR(reading_at(key), at, 1);
}

TEST_F(ScrollingTest, LateHeightsAboveMoveNothing) {
  open_with(200);
  document_.scroll(list(), 3'000);
  const std::string key = reading().attribute("data-key");
  const double at = reading_at(key);
  FakeNode& above = *rows().front();
  ASSERT_LT(document_.screen_top(above) + document_.height_of(above), 0);
  above.first("body")->style["height"] = "333px";
  document_.settle();
  EXPECT_NEAR(reading_at(key), at, 1);
}

TEST_F(ScrollingTest, NarrowerLinesMoveNothing) {
  open_with(0);
  for (int count = 0; count < 300; ++count) {
    model_.items_.push_back(
        model_.message(std::string(static_cast<std::size_t>(count * 7 % 300 + 1), 'x'), "a", "Ana"));
  }
  model_.observer_->timeline_reset();
  document_.scroll(list(), 4'000);
  const std::string key = reading().attribute("data-key");
  const double at = reading_at(key);
  document_.chars_per_line = 17;
  document_.settle();
  EXPECT_NEAR(reading_at(key), at, 1);
  expect_filled();
  document_.chars_per_line = 90;
  document_.settle();
  EXPECT_NEAR(reading_at(key), at, 1);
  expect_filled();
}

TEST_F(ScrollingTest, AtTheEndItStaysAtTheEnd) {
  open_with(200);
  model_.arrive("news");
  document_.settle();
  expect_at_end();
  EXPECT_EQ(rows().back()->first("body")->all_text(), "news");
  document_.viewport_height = 300;  // a phone's keyboard
  document_.settle();
  expect_at_end();
  document_.viewport_height = 700;
  document_.settle();
  expect_at_end();
  document_.chars_per_line = 10;
  document_.settle();
  expect_at_end();
  EXPECT_LT(rows().size(), 150U);
}

TEST_F(ScrollingTest, AnOwnMessageGoesToTheEnd) {
  open_with(200);
  document_.scroll(list(), 1'000);
  model_.send("mine");
  document_.settle();
  expect_at_end();
  EXPECT_EQ(rows().back()->first("body")->all_text(), "mine");
}

TEST_F(ScrollingTest, AsksOnceForOlderMessagesNearTheTop) {
  open_with(200);
  EXPECT_EQ(model_.older_asked_, 0);
  document_.scroll(list(), 900);
  document_.scroll(list(), 800);
  document_.scroll(list(), 700);
  EXPECT_EQ(model_.older_asked_, 1);
  model_.set_history(History::kLoading);
  document_.scroll(list(), 600);
  EXPECT_EQ(model_.older_asked_, 1);
  model_.insert(0, model_.messages(50, "older "));
  model_.set_history(History::kHasOlder);
  document_.settle();
  EXPECT_EQ(model_.older_asked_, 1);
  document_.scroll(list(), 100);
  EXPECT_EQ(model_.older_asked_, 2);
}

TEST_F(ScrollingTest, AsksAgainAfterALossOfTheConnection) {
  open_with(200);
  document_.scroll(list(), 100);
  EXPECT_EQ(model_.older_asked_, 1);
  model_.set_link({LinkState::kConnected, 0, ""});
  EXPECT_EQ(model_.older_asked_, 2);
}

TEST_F(ScrollingTest, AFailureIsNotRetriedByItself) {
  open_with(200);
  model_.set_history(History::kFailed);
  document_.scroll(list(), 100);
  document_.scroll(list(), 0);
  EXPECT_EQ(model_.older_asked_, 0);
}

TEST_F(ScrollingTest, AShortFirstPageFillsTheScreenWithOlderOnes) {
  model_.history_ = History::kHasOlder;
  model_.items_ = model_.messages(3, "message ");
  open();
  EXPECT_EQ(model_.older_asked_, 1);
}

TEST_F(ScrollingTest, HomeAndEnd) {
  open_with(500);
  EXPECT_TRUE(document_.press(list(), "Home"));
  document_.settle();
  EXPECT_EQ(document_.scroll_box_of(list()).top, 0);
  EXPECT_TRUE(document_.press(list(), "End"));
  document_.settle();
  expect_at_end();
  EXPECT_EQ(list().attribute("tabindex"), "0");
}

TEST_F(ScrollingTest, ThePillCountsAndJumps) {
  open_with(300);
  FakeNode& jump = *body().first("jump");
  EXPECT_FALSE(jump.shown());
  EXPECT_TRUE(model_.reading_end_);
  document_.scroll(list(), 1'000);
  EXPECT_TRUE(jump.shown());
  EXPECT_FALSE(model_.reading_end_);
  EXPECT_EQ(jump.all_text(), "Jump to latest");
  model_.arrive("one");
  model_.arrive("two");
  EXPECT_EQ(jump.all_text(), "2 new messages");
  EXPECT_EQ(document_.title(), "(2) lobby · Parley");
  document_.fire(jump, "click");
  document_.settle();
  expect_at_end();
  EXPECT_FALSE(jump.shown());
  EXPECT_TRUE(model_.reading_end_);
  EXPECT_EQ(document_.title(), "lobby · Parley");
}

TEST_F(ScrollingTest, AHiddenPageIsNotRead) {
  open_with(30);
  document_.set_visible(false);
  EXPECT_FALSE(model_.reading_end_);
  model_.arrive("news");
  EXPECT_EQ(document_.title(), "(1) lobby · Parley");
  document_.set_visible(true);
  EXPECT_TRUE(model_.reading_end_);
  EXPECT_EQ(document_.title(), "lobby · Parley");
}

TEST_F(ScrollingTest, TheOldestGoWithoutATraceAtTheEnd) {
  open_with(1'000);
  const std::string key = rows().back()->attribute("data-key");
  const double at = reading_at(key);
  model_.drop_oldest(500);
  document_.settle();
  EXPECT_EQ(reading_at(key), at);
  expect_at_end();
  expect_filled();
  document_.scroll(list(), 0);
  EXPECT_EQ(rows().front()->first("body")->all_text(), "message 500");
  EXPECT_FALSE(rows().front()->all_of_tag("h2").empty()) << "the first one tells its day";
}

TEST_F(ScrollingTest, TheOldestGoWithoutMovingWhatIsRead) {
  open_with(1'000);
  document_.scroll(list(), document_.scroll_box_of(list()).content_height * 0.8);
  const std::string key = reading().attribute("data-key");
  const double at = reading_at(key);
  model_.drop_oldest(500);
  document_.settle();
  EXPECT_NEAR(reading_at(key), at, 1);
  expect_filled();
}

TEST_F(ScrollingTest, WhatIsReadMayGoItself) {
  open_with(1'000);
  document_.scroll(list(), document_.scroll_box_of(list()).content_height * 0.2);
  model_.drop_oldest(999);
  document_.settle();
  EXPECT_EQ(rows().front()->first("body")->all_text(), "message 999");
  model_.drop_oldest(1);
  document_.settle();
  EXPECT_TRUE(rows().empty());
}

}  // namespace
}  // namespace parley::web::testing
