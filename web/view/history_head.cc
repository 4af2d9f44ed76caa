#include "web/view/history_head.h"

#include <string>
#include <utility>

namespace parley::web {

HistoryHead::HistoryHead(Element& parent, std::string_view room, std::function<void()> retry)
    : element_(parent.append_new("div", "head", "")),
      loading_(element_->append_new("p", "loading", "")),
      failed_(element_->append_new("p", "notice", "")),
      beginning_(element_->append_new("div", "beginning", "")) {
  element_->set_attribute("aria-live", "off");
  loading_->append_leaf("span", "spinner", "");
  loading_->append_leaf("span", "", "Loading messages…");
  failed_->append_leaf("span", "", "Older messages could not be loaded. ");
  again_ = failed_->append_new("button", "quiet", "Try again");
  again_->set_attribute("type", "button");
  again_->listen("click", [retry = std::move(retry)](Event&) { retry(); });
  beginning_->append_leaf("p", "beginning-title", "# " + std::string(room));
  beginning_text_ = beginning_->append_new("p", "", "");
  show(History::kUnknown, true);
}

void HistoryHead::show(History history, bool empty) {
  if (history == shown_ && empty == shown_empty_) return;
  shown_ = history;
  shown_empty_ = empty;
  set_shown(*loading_,
            history == History::kLoading || history == History::kHasOlder || (history == History::kUnknown && empty));
  set_shown(*failed_, history == History::kFailed);
  set_shown(*beginning_, history == History::kComplete);
  beginning_text_->set_text(empty ? "No messages yet. Say hello!" : "This is the beginning of the conversation.");
}

}  // namespace parley::web
