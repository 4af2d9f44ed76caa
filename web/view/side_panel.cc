#include "web/view/side_panel.h"

#include <utility>

namespace parley::web {
namespace {

// The style sheet has the same bound.
constexpr std::string_view kNarrow = "(max-width: 859px)";

ElementPtr make_content(Element& aside, ElementPtr& close) {
  ElementPtr content = aside.append_new("div", "side-content", "");
  const ElementPtr head = content->append_new("div", "side-head", "");
  head->append_new("p", "brand", "Parley");
  close = head->append_new("button", "icon-button close", "");
  close->set_attribute("type", "button");
  close->set_attribute("aria-label", "Close");
  return content;
}

}  // namespace

SidePanel::SidePanel(Document& document, Element& parent, const ChatModel& model, Navigation& navigation,
                     std::function<void()> changed)
    : document_(document),
      changed_(std::move(changed)),
      aside_(parent.append_new("aside", "side", "")),
      sheet_(parent.append_new("dialog", "sheet", "")),
      content_(make_content(*aside_, close_)),
      rooms_(*content_, navigation),
      people_(*content_, model) {
  aside_->set_attribute("id", "side");
  aside_->set_attribute("aria-label", "Rooms and people");
  sheet_->set_attribute("aria-label", "Rooms and people");
  close_->listen("click", [this](Event&) { sheet_->close_dialog(); });
  sheet_->listen("close", [this](Event&) {
    if (narrow_) set_open(false);
  });
  media_ = document_.on_media_change(kNarrow, [this] { arrange(); });
  narrow_ = !document_.matches(kNarrow);  // so that arrange() finds a change
  arrange();
}

void SidePanel::arrange() {
  const bool narrow = document_.matches(kNarrow);
  if (narrow == narrow_) return;
  narrow_ = narrow;
  sheet_->close_dialog();
  (narrow_ ? *sheet_ : *aside_).append(*content_);
  set_shown(*close_, narrow_);
  set_open(!narrow_);
}

void SidePanel::toggle() {
  if (narrow_ && open_) {
    sheet_->close_dialog();
  } else {
    set_open(!open_);
  }
}

void SidePanel::set_open(bool open) {
  if (open && narrow_ && !open_) sheet_->show_modal();
  open_ = open;
  set_shown(*aside_, !narrow_ && open_);
  changed_();
}

}  // namespace parley::web
