#include "tests/unit/web/view/page_test.h"

namespace parley::web::testing {
namespace {

class ComposerTest : public PageTest {
 protected:
  bool press_enter(bool shift, bool composing) {
    Event event;
    event.key = "Enter";
    event.shift = shift;
    event.is_composing = composing;
    return document_.fire(field(), "keydown", event);
  }
};

TEST_F(ComposerTest, EnterSendsAndClears) {
  open();
  document_.type_text(field(), "  two\n lines \n");
  EXPECT_EQ(model_.draft_, "  two\n lines \n");
  EXPECT_TRUE(press_enter(false, false));
  EXPECT_EQ(model_.sent_, std::vector<std::string>{"two\n lines"});
  EXPECT_EQ(field().value, "");
  EXPECT_EQ(model_.draft_, "");
}

TEST_F(ComposerTest, ShiftEnterAndInputMethodsDoNotSend) {
  open();
  document_.type_text(field(), "text");
  EXPECT_FALSE(press_enter(true, false));
  EXPECT_FALSE(press_enter(false, true));
  EXPECT_TRUE(model_.sent_.empty());
  EXPECT_EQ(field().value, "text");
}

TEST_F(ComposerTest, TheButtonSendsAndLeavesTheFocus) {
  open();
  document_.type_text(field(), "text");
  EXPECT_TRUE(document_.fire(*body().first("send"), "mousedown"));
  EXPECT_TRUE(document_.fire(*body().first("composer"), "submit"));
  EXPECT_EQ(model_.sent_, std::vector<std::string>{"text"});
}

TEST_F(ComposerTest, NothingIsSentOfBlankTextAndNoSentenceIsSpent) {
  open();
  document_.type_text(field(), " \n ");
  press_enter(false, false);
  EXPECT_TRUE(model_.sent_.empty());
  EXPECT_EQ(body().first("composer")->first("problem")->all_text(), "");
}

TEST_F(ComposerTest, CharactersLeftNearTheLimitAndASentenceBeyond) {
  open();
  FakeNode& left = *body().first("left");
  document_.type_text(field(), std::string(3'799, 'x'));
  EXPECT_FALSE(left.shown());
  std::string accented;
  for (int count = 0; count < 3'990; ++count) accented += "é";  // counted in characters, not in bytes
  document_.type_text(field(), accented);
  EXPECT_TRUE(left.shown());
  EXPECT_EQ(left.all_text(), "10 characters left");
  document_.type_text(field(), std::string(4'001, 'x'));
  EXPECT_EQ(left.all_text(), "1 character too many");
  EXPECT_TRUE(left.has_class("over"));
  press_enter(false, false);
  EXPECT_TRUE(model_.sent_.empty());
  EXPECT_EQ(field().value.size(), 4'001U);
  FakeNode& problem = *body().first("composer")->first("problem");
  EXPECT_NE(problem.all_text().find("too long"), std::string::npos);
  EXPECT_EQ(problem.attribute("role"), "alert");
  document_.type_text(field(), "short");
  EXPECT_EQ(problem.all_text(), "");
  EXPECT_FALSE(left.shown());
}

TEST_F(ComposerTest, GrowsWithItsTextAndShrinksAgain) {
  open();
  FakeNode& box = *body().first("field-box");  // as high as this text, by the style sheet
  document_.type_text(field(), "1\n2\n3\n4");
  EXPECT_EQ(box.attribute("data-text"), "1\n2\n3\n4");
  press_enter(false, false);
  EXPECT_EQ(box.attribute("data-text"), "");
}

TEST_F(ComposerTest, TheDraftIsThereAgain) {
  model_.draft_ = "half a thought";
  open();
  EXPECT_EQ(field().value, "half a thought");
  EXPECT_EQ(body().first("field-box")->attribute("data-text"), "half a thought");
}

TEST_F(ComposerTest, WritingOfflineIsAllowed) {
  model_.link_ = {LinkState::kOffline, 0, ""};
  open();
  EXPECT_FALSE(field().has_attribute("disabled"));
  document_.type_text(field(), "later");
  press_enter(false, false);
  EXPECT_EQ(model_.sent_, std::vector<std::string>{"later"});
}

TEST_F(ComposerTest, HasTheFocusWhereThereIsAKeyboard) {
  open();
  EXPECT_EQ(document_.focused(), &field());
}

TEST_F(ComposerTest, LeavesAPhonesKeyboardAlone) {
  document_.set_media("(pointer: coarse)", true);
  open();
  EXPECT_EQ(document_.focused(), nullptr);
}

}  // namespace
}  // namespace parley::web::testing
