// The offer of a newer page, and when a page must not be loaded anew by itself.
#include "tests/unit/web/view/page_test.h"

namespace parley::web::testing {
namespace {

class UpdateNoticeTest : public PageTest {
 protected:
  FakeNode* button() { return body().first_with_text("button", "Reload"); }
  void offer(bool offered) {
    model_.page_update_offered_ = offered;
    page_->page_update_changed();
  }
};

TEST_F(UpdateNoticeTest, IsShownAndSpokenAndAsksForTheReload) {
  open();
  ASSERT_NE(button(), nullptr);
  EXPECT_FALSE(button()->shown());
  offer(true);
  EXPECT_TRUE(button()->shown());
  EXPECT_EQ(button()->parent->children[0]->attribute("role"), "status");
  EXPECT_EQ(button()->parent->children[0]->all_text(), "New version");
  document_.fire(*button(), "click");
  EXPECT_EQ(model_.page_updates_accepted_, 1);
  offer(false);
  EXPECT_FALSE(button()->shown());
}

TEST_F(UpdateNoticeTest, APageThatIsDrawnLateShowsIt) {
  model_.page_update_offered_ = true;
  open();
  EXPECT_TRUE(button()->shown());
}

TEST_F(UpdateNoticeTest, WhoReadsBackOrFillsInAFieldIsEngaged) {
  model_.items_ = model_.messages(200, "m");
  open();
  EXPECT_FALSE(page_->engaged());
  document_.scroll(list(), 100);
  document_.settle();
  EXPECT_TRUE(page_->engaged());
  document_.press(list(), "End");
  document_.settle();
  EXPECT_FALSE(page_->engaged());

  document_.fire(*body().first("me"), "click");
  EXPECT_TRUE(page_->engaged());
  document_.fire(*body().first("dialog")->first_with_text("button", "Cancel"), "click");
  EXPECT_FALSE(page_->engaged());

  FakeNode& room = *body().first("room-form")->first("text-input");
  document_.type_text(room, "gar");
  EXPECT_TRUE(page_->engaged());
}

}  // namespace
}  // namespace parley::web::testing
