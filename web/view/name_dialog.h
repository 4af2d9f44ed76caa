// Asks a person for the name that stands beside the messages.
#pragma once

#include <functional>

#include "web/dom/document.h"
#include "web/model/chat_model.h"

namespace parley::web {

class NameDialog {
 public:
  // Arguments outlive the dialog.
  NameDialog(Element& parent, ChatModel& model);
  NameDialog(const NameDialog&) = delete;
  NameDialog& operator=(const NameDialog&) = delete;

  // `named` is called when a name has been taken, after the dialog has closed; not when the person turns away.
  void open(std::function<void()> named);
  bool is_open() const { return is_open_; }

 private:
  void save();
  void show_problem(TextProblem problem);

  ChatModel& model_;
  std::function<void()> named_;
  ElementPtr dialog_;
  ElementPtr form_;
  ElementPtr input_;
  ElementPtr problem_;
  ElementPtr cancel_;
  bool is_open_ = false;
};

}  // namespace parley::web
