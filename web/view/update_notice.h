// Says that the server has a newer version of the page, and offers to load it.
#pragma once

#include <functional>

#include "web/dom/element.h"

namespace parley::web {

class UpdateNotice {
 public:
  // `accept` is called when the button is pressed.
  UpdateNotice(Element& parent, std::function<void()> accept);

  void show(bool offered);

 private:
  ElementPtr box_;  // always there, so that a screen reader hears what comes into it
  ElementPtr text_;
  ElementPtr button_;
};

}  // namespace parley::web
