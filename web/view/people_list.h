// Who else is here.
#pragma once

#include "web/dom/element.h"
#include "web/model/chat_model.h"

namespace parley::web {

class PeopleList {
 public:
  PeopleList(Element& parent, const ChatModel& model);

  // Draws what the model knows now; of a very full room the first ones, and how many more there are.
  void draw();

 private:
  const ChatModel& model_;
  ElementPtr section_;  // hidden until somebody is known to be here
  ElementPtr count_;
  ElementPtr list_;
  ElementPtr more_;
};

}  // namespace parley::web
