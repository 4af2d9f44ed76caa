// Asks a person for the name that stands beside the messages.
#pragma once

#include <functional>
#include <string>
#include <string_view>

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
  // `name` is somebody else's here: asks for another one, and proposes one.
  void open_again(const std::string& name);
  bool is_open() const { return is_open_; }

 private:
  void show(std::string_view name, std::string_view problem);
  void save();
  void closed();
  void show_problem(std::string_view words);

  ChatModel& model_;
  std::function<void()> named_;
  bool asks_again_ = false;  // see open_again()
  ElementPtr dialog_;
  ElementPtr form_;
  ElementPtr input_;
  ElementPtr problem_;
  ElementPtr cancel_;
  bool is_open_ = false;
};

}  // namespace parley::web
