#include "web/view/composer.h"

#include <string>
#include <utility>

#include "web/view/words.h"

namespace parley::web {
namespace {

// White space at the ends carries nothing; what is between stays as written.
std::string trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

Composer::Composer(Document& document, Element& parent, ChatModel& model, std::function<bool()> may_send)
    : model_(model),
      may_send_(std::move(may_send)),
      form_(parent.append_new("form", "composer", "")),
      problem_(form_->append_new("p", "problem", "")),
      left_(form_->append_new("p", "left", "")) {
  const ElementPtr line = form_->append_new("div", "composer-line", "");
  box_ = line->append_new("div", "field-box", "");
  field_ = box_->append_new("textarea", "field", "");
  field_->set_attribute("id", "message");
  field_->set_attribute("rows", "1");
  field_->set_attribute("dir", "auto");
  field_->set_attribute("aria-label", "Message");
  field_->set_attribute("aria-describedby", "message-problem message-left");
  field_->set_attribute("placeholder", "Message #" + model.room());
  field_->set_attribute("enterkeyhint", "send");
  field_->set_attribute("autocomplete", "off");
  field_->set_value(model.draft());
  button_ = line->append_new("button", "send", "");
  button_->set_attribute("type", "submit");
  button_->set_attribute("aria-label", "Send");
  problem_->set_attribute("id", "message-problem");
  problem_->set_attribute("role", "alert");
  left_->set_attribute("id", "message-left");

  form_->listen("submit", [this](Event& event) {
    event.prevent_default();
    send();
  });
  // A press on the button leaves the focus, and a phone's keyboard, where it is.
  button_->listen("mousedown", [](Event& event) { event.prevent_default(); });
  field_->listen("keydown", [this](Event& event) { on_key(event); });
  field_->listen("input", [this](Event&) { on_input(); });
  show_characters_left(field_->value());
  fit(field_->value());
  // Not at once: the focus makes the browser lay out the page, which is still being made.
  if (!document.matches("(pointer: coarse)")) focusing_ = document.before_next_frame([this] { focus(); });
}

void Composer::on_key(Event& event) {
  if (event.key != "Enter" || event.shift || event.is_composing) return;
  event.prevent_default();
  send();
}

void Composer::on_input() {
  const std::string text = field_->value();
  model_.set_draft(text);
  show_characters_left(text);
  if (problem_shown_) show_problem(TextProblem::kNone);
  fit(text);
}

void Composer::send() {
  const std::string text = trimmed(field_->value());
  const TextProblem problem = check_body(text);
  if (problem != TextProblem::kNone) {
    // Enter in an empty field is no mistake worth a sentence.
    show_problem(problem == TextProblem::kEmpty ? TextProblem::kNone : problem);
    return;
  }
  if (!may_send_()) return;
  const TextProblem refused = model_.send(text);
  show_problem(refused);
  if (refused != TextProblem::kNone) return;
  field_->set_value("");
  model_.set_draft("");
  show_characters_left("");
  fit("");
}

// The style sheet lays an unseen copy of the text under the field, which makes it as high as its text. Measuring the
// field instead would make it small for a moment, and with it the list above forget that it is at its end.
void Composer::fit(std::string_view text) { box_->set_attribute("data-text", text); }

void Composer::show_characters_left(std::string_view text) {
  // Fewer bytes than that cannot be many characters.
  constexpr std::size_t kFewBytes = 3'000;
  const std::size_t characters = text.size() < kFewBytes ? 0 : count_code_points(text);
  const std::string words = characters_left_words(characters == std::string_view::npos ? 0 : characters);
  left_->set_text(words);
  left_->set_classes(characters > kBodyCodePointsMax ? "left over" : "left");
  set_shown(*left_, !words.empty());
}

void Composer::show_problem(TextProblem problem) {
  problem_shown_ = problem != TextProblem::kNone;
  problem_->set_text(body_problem_words(problem));
}

}  // namespace parley::web
