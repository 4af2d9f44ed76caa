#include "web/view/message_list_view.h"

#include <algorithm>
#include <utility>

#include "web/view/words.h"

namespace parley::web {
namespace {

constexpr double kLoadOlderPx = 1'200;
constexpr std::size_t kSpokenApartMax = 3;

ElementPtr make_scroller(Element& parent, std::string_view room) {
  ElementPtr scroller = parent.append_new("div", "messages", "");
  scroller->set_attribute("id", "messages");
  scroller->set_attribute("role", "log");
  scroller->set_attribute("aria-live", "polite");
  scroller->set_attribute("aria-relevant", "additions");
  scroller->set_attribute("aria-label", "Messages in " + std::string(room));
  scroller->set_attribute("tabindex", "0");
  return scroller;
}

ElementPtr make_list(Element& scroller) {
  ElementPtr list = scroller.append_new("div", "list", "");
  list->set_attribute("aria-live", "off");
  return list;
}

}  // namespace

MessageListView::MessageListView(Document& document, Element& parent, ChatModel& model, const LocalTime& time,
                                 std::function<void()> moved)
    : document_(document),
      model_(model),
      time_(time),
      moved_(std::move(moved)),
      actions_{[this](const std::string& key) { act_and_focus([this, &key] { model_.retry(key); }); },
               [this](const std::string& key) { act_and_focus([this, &key] { model_.discard(key); }); }},
      scroller_(make_scroller(parent, model.room())),
      head_(*scroller_, model.room(), [this] { model_.load_older(); }),
      list_(make_list(*scroller_)),
      space_above_(list_->append_new("div", "space", "")),
      rows_element_(list_->append_new("ol", "rows", "")),
      space_below_(list_->append_new("div", "space", "")),
      announcer_(document, *scroller_) {
  scroller_->listen("scroll", [this](Event&) { on_scroll(); });
  scroller_->listen("keydown", [this](Event& event) { on_key(event); });
  scroller_->observe_size([this] { on_resize(); });
  rows_element_->observe_size([this] { on_resize(); });
}

void MessageListView::reset() {
  drop_all();
  track_.clear();
  first_ = last_ = 0;
  slack_ = 0;
  asked_for_older_ = false;
  today_ = time_.day_number(time_.now_ms());
  history_known_ = model_.history() != History::kUnknown;
  head_.show(model_.history(), model_.item_count() == 0);
  insert_rows(0, model_.item_count());
  reshape(0, model_.item_count());
  set_at_end(true);
  // Without items nothing is to be placed: the browser need not lay the page out just now.
  if (model_.item_count() > 0) settle();
}

void MessageListView::items_inserted(std::size_t first, std::size_t count) {
  const bool news = history_known_ && (first > 0 || track_.size() == 0);
  const bool own_at_end = count > 0 && first + count == model_.item_count() && model_.item(first + count - 1).own &&
                          model_.item(first + count - 1).delivery == Delivery::kSending;
  refresh_days();
  insert_rows(first, count);
  reshape(first, count + 1);
  if (first == 0) take_up_slack_ = true;
  if (own_at_end) set_at_end(true);
  asked_for_older_ = false;
  history_known_ = model_.history() != History::kUnknown;
  head_.show(model_.history(), model_.item_count() == 0);
  // Behind everything else nothing has to be held in its place.
  if (first > 0 && first + count == model_.item_count()) {
    settle_with_frame();
  } else {
    settle();
  }
  if (news) announce(first, count);
}

void MessageListView::item_changed(std::size_t index, std::size_t previous_index) {
  if (index != previous_index) {
    erase_row(previous_index);
    insert_rows(index, 1);
    reshape(previous_index, 2);
  } else if (in_page(index)) {
    track_.row(index).height = 0;  // drawn by reshape
  }
  reshape(index, 2);
  settle();
  if (model_.item(index).own && model_.item(index).delivery == Delivery::kFailed) {
    announcer_.say("A message was not sent.");
  }
}

void MessageListView::item_removed(std::size_t index) {
  erase_row(index);
  reshape(index, 1);
  head_.show(model_.history(), model_.item_count() == 0);
  settle();
}

void MessageListView::oldest_dropped(std::size_t count) {
  measure_all_again();
  while (first_ < std::min(count, last_)) drop_front();
  first_ = std::max(first_, count) - count;
  last_ = std::max(last_, count) - count;
  const bool anchor_dropped = anchor_ < count;
  anchor_ = std::max(anchor_, count) - count;
  track_.erase(0, count);
  if (anchor_dropped && track_.size() > 0) anchor_below_ = track_.row(anchor_).height;
  take_up_slack_ = true;
  reshape(0, 1);
  settle();
}

void MessageListView::history_changed() {
  asked_for_older_ = false;
  head_.show(model_.history(), model_.item_count() == 0);
  if (track_.size() != model_.item_count()) return;  // the insertion is told next
  history_known_ = model_.history() != History::kUnknown;
  settle();
}

void MessageListView::link_changed() {
  asked_for_older_ = false;
  load_older_if_near();
}

void MessageListView::jump_to_end() {
  set_at_end(true);
  settle();
}

void MessageListView::refresh_days() {
  const std::int64_t today = time_.day_number(time_.now_ms());
  if (std::exchange(today_, today) == today || track_.size() != model_.item_count()) return;
  for (std::size_t index = first_; index < last_; ++index) {
    rows_[index - first_]->draw(model_.item(index), track_.row(index).shape);
  }
  measure_all_again();
}

void MessageListView::on_key(Event& event) {
  if (event.ctrl || event.alt || event.meta || event.shift) return;
  if (event.key == "End") {
    event.prevent_default();
    jump_to_end();
  } else if (event.key == "Home") {
    event.prevent_default();
    scroller_->set_scroll_top(0);
  }
}

void MessageListView::load_older_if_near() {
  if (asked_for_older_ || model_.history() != History::kHasOlder || track_.size() != model_.item_count()) return;
  const ScrollBox box = scroller_->scroll_box();
  if (view_top(box) > kLoadOlderPx) return;
  asked_for_older_ = true;
  model_.load_older();
}

void MessageListView::announce(std::size_t first, std::size_t count) {
  std::size_t others = 0;
  for (std::size_t index = first; index < first + count; ++index) others += model_.item(index).own ? 0 : 1;
  if (others > kSpokenApartMax) {
    announcer_.say_news(new_messages_words(others), others);
    return;
  }
  for (std::size_t index = first; index < first + count; ++index) {
    const TimelineItem& item = model_.item(index);
    if (!item.own) announcer_.say_news(item.author_name + ": " + item.body, 1);
  }
}

// The button that was pressed goes with its row's old state: the focus stays in the list.
void MessageListView::act_and_focus(const std::function<void()>& action) {
  action();
  scroller_->focus();
}

void MessageListView::insert_rows(std::size_t first, std::size_t count) {
  // An empty list is not in its place: browsers would see it move with the first rows (as a layout shift).
  if (track_.size() == 0) set_shown(*list_, count > 0);
  if (first < last_) measure_all_again();
  track_.insert(first, count);
  if (first <= first_) {
    first_ += count;
    last_ += count;
  } else {
    while (last_ > first) drop_back();
  }
  if (first <= anchor_) anchor_ += count;
}

void MessageListView::erase_row(std::size_t index) {
  measure_all_again();
  if (in_page(index)) {
    const auto row = rows_.begin() + static_cast<std::ptrdiff_t>(index - first_);
    (*row)->element().remove();
    rows_.erase(row);
    --last_;
  } else if (index < first_) {
    --first_;
    --last_;
  }
  track_.erase(index, 1);
  if (track_.size() == 0) {
    anchor_ = 0;
  } else if (index < anchor_ || anchor_ == track_.size()) {
    --anchor_;
  } else if (index == anchor_) {
    anchor_below_ += track_.row(anchor_).height;
  }
}

// Computes how `count` rows are set off, and draws those in the page for which that is new.
void MessageListView::reshape(std::size_t first, std::size_t count) {
  const std::size_t end = std::min(first + count, track_.size());
  for (std::size_t index = first; index < end; ++index) {
    const TimelineItem& item = model_.item(index);
    Row& row = track_.row(index);
    const bool has_previous = index > 0;
    const RowShape shape = shape_of(item, has_previous ? &model_.item(index - 1) : nullptr,
                                    has_previous ? track_.row(index - 1).shape.day : 0, time_);
    if (row.height > 0 && row.shape == shape) continue;
    row.shape = shape;
    row.height = estimated_height(item, shape);
    if (!in_page(index)) continue;
    rows_[index - first_]->draw(item, shape);
    measured_ = std::min(measured_, index);
  }
}

}  // namespace parley::web
