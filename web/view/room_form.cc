#include "web/view/room_form.h"

#include "common/text_rules.h"
#include "web/view/words.h"

namespace parley::web {

std::string room_name_from(std::string_view typed) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = typed.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  typed = typed.substr(begin, typed.find_last_not_of(kBlank) - begin + 1);
  if (typed.front() == '#') typed.remove_prefix(1);
  std::string name(typed);
  for (char& character : name) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return name;
}

RoomForm::RoomForm(Element& parent, Navigation& navigation)
    : navigation_(navigation), form_(parent.append_new("form", "room-form", "")) {
  form_->append_new("label", "", "Go to room")->set_attribute("for", "room");
  const ElementPtr line = form_->append_new("div", "room-line", "");
  input_ = line->append_new("input", "text-input", "");
  input_->set_attribute("id", "room");
  input_->set_attribute("type", "text");
  input_->set_attribute("autocomplete", "off");
  input_->set_attribute("autocapitalize", "none");
  input_->set_attribute("spellcheck", "false");
  input_->set_attribute("enterkeyhint", "go");
  input_->set_attribute("placeholder", "room-name");
  input_->set_attribute("aria-describedby", "room-problem");
  line->append_new("button", "primary", "Go")->set_attribute("type", "submit");
  problem_ = form_->append_new("p", "problem", "");
  problem_->set_attribute("id", "room-problem");
  problem_->set_attribute("role", "alert");
  form_->listen("submit", [this](Event& event) {
    event.prevent_default();
    go();
  });
  input_->listen("input", [this](Event&) {
    problem_->set_text("");
    input_->remove_attribute("aria-invalid");
  });
}

void RoomForm::go() {
  const std::string name = room_name_from(input_->value());
  const TextProblem problem = check_room_name(name);
  problem_->set_text(room_problem_words(problem));
  if (problem == TextProblem::kNone) {
    navigation_.go_to("/r/" + name);
    return;
  }
  input_->set_attribute("aria-invalid", "true");
  input_->focus();
}

}  // namespace parley::web
