// Where a message is written. Enter sends, Shift+Enter breaks the line; never disabled, for one may write offline.
#pragma once

#include <functional>
#include <string_view>

#include "web/dom/document.h"
#include "web/model/chat_model.h"

namespace parley::web {

class Composer {
 public:
  // `may_send` is asked before each message; when it answers false the text stays, and send() may be called later.
  // Arguments outlive the composer.
  Composer(Document& document, Element& parent, ChatModel& model, std::function<bool()> may_send);
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

  // Gives the text to the model and clears the field, or says what is wrong with it.
  void send();
  void focus() { field_->focus(); }

 private:
  void on_key(Event& event);
  void on_input();
  void fit(std::string_view text);
  void show_characters_left(std::string_view text);
  void show_problem(TextProblem problem);

  ChatModel& model_;
  std::function<bool()> may_send_;
  ElementPtr form_;
  ElementPtr box_;  // holds the field and gives it its height
  ElementPtr field_;
  ElementPtr button_;
  ElementPtr problem_;
  ElementPtr left_;
  SubscriptionPtr focusing_;
  bool problem_shown_ = false;
};

}  // namespace parley::web
