// What stands above the first message: that older ones are loading, could not be loaded, or that there are none.
#pragma once

#include <functional>
#include <string_view>

#include "web/dom/element.h"
#include "web/model/chat_model.h"

namespace parley::web {

class HistoryHead {
 public:
  // `retry` is called for another attempt at loading.
  HistoryHead(Element& parent, std::string_view room, std::function<void()> retry);

  void show(History history, bool empty);
  double height() const { return element_->height(); }

 private:
  ElementPtr element_;
  ElementPtr loading_;
  ElementPtr failed_;
  ElementPtr again_;
  ElementPtr beginning_;
  ElementPtr beginning_text_;
  History shown_ = History::kComplete;
  bool shown_empty_ = false;
};

}  // namespace parley::web
