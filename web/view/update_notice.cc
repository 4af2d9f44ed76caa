#include "web/view/update_notice.h"

#include <utility>

namespace parley::web {

UpdateNotice::UpdateNotice(Element& parent, std::function<void()> accept)
    : box_(parent.append_new("div", "update", "")),
      text_(box_->append_new("span", "", "")),
      button_(box_->append_new("button", "quiet", "Reload")) {
  text_->set_attribute("role", "status");
  button_->set_attribute("type", "button");
  button_->listen("click", [accept = std::move(accept)](Event&) { accept(); });
  show(false);
}

void UpdateNotice::show(bool offered) {
  box_->set_classes(offered ? "update" : "unseen");
  text_->set_text(offered ? "New version" : "");
  set_shown(*button_, offered);
}

}  // namespace parley::web
