#include "web/view/jump_button.h"

#include <string>
#include <utility>

#include "web/view/words.h"

namespace parley::web {

JumpButton::JumpButton(Element& parent, std::function<void()> jump)
    : button_(parent.append_new("button", "jump", "")), text_(button_->append_new("span", "", "")) {
  button_->append_leaf("span", "icon icon-down", "");
  button_->set_attribute("type", "button");
  button_->listen("click", [jump = std::move(jump)](Event&) { jump(); });
  show(true, 0);
}

void JumpButton::show(bool at_end, std::size_t unread) {
  set_shown(*button_, !at_end);
  button_->set_classes(unread == 0 ? "jump" : "jump news");
  text_->set_classes(unread == 0 ? "unseen" : "");
  text_->set_text(unread == 0 ? std::string("Jump to latest") : new_messages_words(unread));
}

}  // namespace parley::web
