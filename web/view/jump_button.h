// The way back to the end of the conversation, with what has come there meanwhile.
#pragma once

#include <functional>

#include "web/dom/element.h"

namespace parley::web {

class JumpButton {
 public:
  // `jump` is called when the button is pressed.
  JumpButton(Element& parent, std::function<void()> jump);

  void show(bool at_end, std::size_t unread);

 private:
  ElementPtr button_;
  ElementPtr text_;
};

}  // namespace parley::web
