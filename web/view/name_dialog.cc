#include "web/view/name_dialog.h"

#include <utility>

#include "web/view/words.h"

namespace parley::web {

NameDialog::NameDialog(Element& parent, ChatModel& model)
    : model_(model), dialog_(parent.append_new("dialog", "dialog", "")), form_(dialog_->append_new("form", "", "")) {
  dialog_->set_attribute("aria-labelledby", "name-title");
  form_->append_new("h2", "", "What is your name?")->set_attribute("id", "name-title");
  form_->append_new("p", "hint", "It stands beside your messages. You can change it at any time.")
      ->set_attribute("id", "name-hint");
  form_->append_new("label", "", "Your name")->set_attribute("for", "name");
  input_ = form_->append_new("input", "text-input", "");
  input_->set_attribute("id", "name");
  input_->set_attribute("type", "text");
  input_->set_attribute("dir", "auto");
  input_->set_attribute("autocomplete", "nickname");
  input_->set_attribute("spellcheck", "false");
  input_->set_attribute("enterkeyhint", "done");
  input_->set_attribute("aria-describedby", "name-problem name-hint");
  problem_ = form_->append_new("p", "problem", "");
  problem_->set_attribute("id", "name-problem");
  problem_->set_attribute("role", "alert");
  const ElementPtr buttons = form_->append_new("div", "buttons", "");
  cancel_ = buttons->append_new("button", "quiet", "Cancel");
  cancel_->set_attribute("type", "button");
  buttons->append_new("button", "primary", "Save")->set_attribute("type", "submit");

  cancel_->listen("click", [this](Event&) { dialog_->close_dialog(); });
  input_->listen("input", [this](Event&) { show_problem({}); });
  form_->listen("submit", [this](Event& event) {
    event.prevent_default();
    save();
  });
  dialog_->listen("close", [this](Event&) { closed(); });
}

void NameDialog::open(std::function<void()> named) {
  named_ = std::move(named);
  show(model_.own_name(), {});
}

void NameDialog::open_again(const std::string& name) {
  asks_again_ = true;
  show(free_name_like(name, model_), name_taken_words(name));
}

void NameDialog::show(std::string_view name, std::string_view problem) {
  input_->set_value(name);
  show_problem(problem);
  dialog_->show_modal();
  is_open_ = true;
  input_->focus();
  input_->select_all();
}

void NameDialog::closed() {
  is_open_ = false;
  named_ = nullptr;
  if (std::exchange(asks_again_, false)) model_.keep_own_name();
}

void NameDialog::save() {
  const TextProblem problem = model_.set_own_name(input_->value());
  show_problem(name_problem_words(problem));
  if (problem != TextProblem::kNone) {
    input_->focus();
    return;
  }
  asks_again_ = false;
  const auto named = std::exchange(named_, nullptr);
  dialog_->close_dialog();
  if (named) named();
}

void NameDialog::show_problem(std::string_view words) {
  problem_->set_text(words);
  if (words.empty()) {
    input_->remove_attribute("aria-invalid");
  } else {
    input_->set_attribute("aria-invalid", "true");
  }
}

}  // namespace parley::web
