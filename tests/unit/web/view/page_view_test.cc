// The parts around the conversation: header, name dialog, people, rooms.
#include "tests/unit/web/view/page_test.h"

namespace parley::web::testing {
namespace {

constexpr std::string_view kNarrow = "(max-width: 859px)";

class PageViewTest : public PageTest {
 protected:
  FakeNode& dialog() { return *body().first("dialog"); }
  FakeNode& name_input() { return *dialog().first("text-input"); }
  void submit_name(std::string_view name) {
    document_.type_text(name_input(), name);
    document_.fire(*dialog().all_of_tag("form")[0], "submit");
  }
};

TEST_F(PageViewTest, TakesThePlaceOfTheSkeleton) {
  open();
  EXPECT_EQ(body().all_text().find("skeleton"), std::string::npos);
  EXPECT_EQ(body().all_of_tag("h1")[0]->all_text(), "lobby");
  EXPECT_EQ(body().all_of_tag("main").size(), 1U);
  EXPECT_EQ(document_.title(), "lobby · Parley");
}

TEST_F(PageViewTest, TheConnectionInWordsSpokenOnlyWhenItChanges) {
  open();
  FakeNode& status = *body().first("status");
  FakeNode& spoken = *status.parent->first("unseen");
  EXPECT_EQ(spoken.attribute("role"), "status");
  EXPECT_EQ(status.all_text(), "Connected");
  model_.set_link({LinkState::kReconnecting, 4, ""});
  EXPECT_EQ(status.all_text(), "Reconnecting in 4 s");
  EXPECT_EQ(spoken.all_text(), "Reconnecting…");
  const NodePtr said = spoken.children[0];
  model_.set_link({LinkState::kReconnecting, 3, ""});
  EXPECT_EQ(status.all_text(), "Reconnecting in 3 s");
  EXPECT_EQ(spoken.children[0], said);
  model_.set_link({LinkState::kRefused, 0, "this page is too old"});
  EXPECT_EQ(status.all_text(), "Not admitted: this page is too old");
  EXPECT_TRUE(status.has_class("refused"));
}

TEST_F(PageViewTest, AsksForANameBeforeTheFirstMessageWhichWaits) {
  model_.own_name_ = "";
  open();
  EXPECT_FALSE(dialog().shown());
  EXPECT_EQ(body().first("me")->all_text(), "Choose a name");
  document_.type_text(field(), "hello");
  document_.press(field(), "Enter");
  EXPECT_TRUE(dialog().shown());
  EXPECT_EQ(document_.focused(), &name_input());
  EXPECT_TRUE(model_.sent_.empty());
  EXPECT_EQ(field().value, "hello");
  submit_name("");
  EXPECT_EQ(dialog().first("problem")->all_text(), "Please enter a name.");
  EXPECT_EQ(name_input().attribute("aria-invalid"), "true");
  submit_name(std::string(41, 'x'));
  EXPECT_NE(dialog().first("problem")->all_text().find("too long"), std::string::npos);
  EXPECT_TRUE(dialog().shown());
  EXPECT_TRUE(model_.sent_.empty());
  submit_name("Zoë");
  EXPECT_FALSE(dialog().shown());
  EXPECT_EQ(model_.sent_, std::vector<std::string>{"hello"});
  EXPECT_EQ(body().first("me")->all_text(), "Zoë");
  EXPECT_EQ(document_.focused(), &field());
}

TEST_F(PageViewTest, TurningAwayFromTheDialogSendsNothing) {
  model_.own_name_ = "";
  open();
  document_.type_text(field(), "hello");
  document_.press(field(), "Enter");
  document_.fire(*dialog().first_with_text("button", "Cancel"), "click");
  EXPECT_TRUE(model_.sent_.empty());
  document_.fire(*body().first("me"), "click");
  submit_name("Mia");
  EXPECT_TRUE(model_.sent_.empty());  // the name was asked for by another way
  EXPECT_EQ(field().value, "hello");
}

TEST_F(PageViewTest, TheNameIsChangeable) {
  open();
  EXPECT_FALSE(dialog().shown());
  document_.fire(*body().first("me"), "click");
  EXPECT_TRUE(dialog().shown());
  EXPECT_EQ(name_input().value, "Mia");
  EXPECT_TRUE(name_input().selected);
  submit_name("Maria");
  EXPECT_EQ(body().first("me")->all_text(), "Maria");
}

TEST_F(PageViewTest, ATakenNameIsSaidInTheDialogWithOneThatIsFree) {
  model_.people_ = {{"a", "Ann", false}, {"b", "Ann 2", false}};
  open();
  model_.observer_->own_name_taken("Ann");
  EXPECT_TRUE(dialog().shown());
  EXPECT_EQ(dialog().first("problem")->all_text(), "Somebody else here is called Ann. Please choose another name.");
  EXPECT_EQ(name_input().value, "Ann 3");
  EXPECT_EQ(name_input().attribute("aria-invalid"), "true");
  submit_name("Ann 3");
  EXPECT_EQ(model_.own_name_, "Ann 3");
  EXPECT_EQ(model_.names_kept_, 0);
  model_.observer_->own_name_taken("Ann 3");
  document_.fire(*dialog().first_with_text("button", "Cancel"), "click");
  EXPECT_EQ(model_.names_kept_, 1);
}

TEST_F(PageViewTest, PeopleByNameAndCount) {
  open();
  model_.set_people({{"a", "Ana <i>", false}, {"me", "Mia", true}}, 0);
  auto people = body().all("person");
  ASSERT_EQ(people.size(), 2U);
  EXPECT_EQ(people[0]->first("person-name")->all_text(), "Ana <i>");
  EXPECT_EQ(people[0]->first("person-name")->attribute("dir"), "auto");
  EXPECT_EQ(people[0]->first("you"), nullptr);
  EXPECT_NE(people[1]->first("you"), nullptr);
  EXPECT_EQ(body().first("count")->all_text(), "2");
  EXPECT_EQ(body().first("people-button")->attribute("aria-label"), "2 people here");
  EXPECT_FALSE(body().first("more")->shown());

  model_.set_people(std::vector<Person>(300, Person{"a", "Ana", false}), 5'000);
  EXPECT_EQ(body().all("person").size(), 200U);
  EXPECT_EQ(body().first("more")->all_text(), "and 4800 more");
}

TEST_F(PageViewTest, ThePanelIsBesideOrOverTheConversation) {
  model_.people_ = {{"me", "Mia", true}};
  open();
  FakeNode& button = *body().first("people-button");
  EXPECT_TRUE(body().first("side")->shown());
  EXPECT_EQ(button.attribute("aria-expanded"), "true");
  document_.fire(button, "click");
  EXPECT_FALSE(body().first("side")->shown());
  EXPECT_EQ(button.attribute("aria-expanded"), "false");

  document_.set_media(kNarrow, true);
  EXPECT_FALSE(body().first("sheet")->shown());
  EXPECT_FALSE(body().first("people")->shown());
  document_.fire(button, "click");
  EXPECT_TRUE(body().first("sheet")->shown());
  EXPECT_TRUE(body().first("sheet")->first("people")->shown());
  EXPECT_EQ(button.attribute("aria-expanded"), "true");
  document_.fire(*body().first("close"), "click");
  EXPECT_FALSE(body().first("sheet")->shown());
  EXPECT_EQ(button.attribute("aria-expanded"), "false");

  document_.fire(button, "click");
  document_.set_media(kNarrow, false);
  EXPECT_FALSE(body().first("sheet")->shown());
  EXPECT_TRUE(body().first("side")->first("people")->shown());
}

TEST_F(PageViewTest, GoesToAnotherRoom) {
  open();
  FakeNode& form = *body().first("room-form");
  document_.type_text(*form.first("text-input"), "not a room!");
  document_.fire(form, "submit");
  EXPECT_TRUE(navigation_.paths_.empty());
  EXPECT_NE(form.first("problem")->all_text(), "");
  document_.type_text(*form.first("text-input"), " Team-1 ");
  EXPECT_EQ(form.first("problem")->all_text(), "");
  EXPECT_TRUE(document_.fire(form, "submit"));
  EXPECT_EQ(navigation_.paths_, std::vector<std::string>{"/r/team-1"});
}

TEST_F(PageViewTest, StopsObservingWhenItGoes) {
  open();
  page_.reset();
  EXPECT_EQ(model_.observer_, nullptr);
}

}  // namespace
}  // namespace parley::web::testing
