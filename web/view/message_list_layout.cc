// The half of MessageListView that knows positions: which rows are in the page, and where the page is scrolled to.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "web/view/message_list_view.h"

namespace parley::web {
namespace {

// Rows this far beyond the screen are in the page at least, this far when the first are drawn, for which somebody
// waits, and this far when rows are exchanged. Those further than the last number are taken out, many at a time: it
// moves all others in the browser's eyes, as adding some behind them does not.
constexpr double kOverscanPxMin = 400;
constexpr double kOverscanPxFirst = 500;
constexpr double kOverscanPx = 1'000;
// What is taken for the height of the screen for the first rows, so that the browser lays the page out once and not
// twice.
constexpr double kFirstHeightPx = 700;
constexpr double kOverscanPxMost = 2'500;
constexpr double kAtEndPx = 24;
constexpr double kSamePx = 0.5;
constexpr int kPassesMax = 6;

bool shows_end(const ScrollBox& box) { return box.top + box.height >= box.content_height - kAtEndPx; }

void set_height(Element& space, double& known_px, double wanted_px) {
  if (known_px == wanted_px) return;
  known_px = wanted_px;
  constexpr std::size_t kDigitsLeast = 3;  // two of them behind the point
  std::string text = std::to_string(std::llround(wanted_px * 100));
  if (text.size() < kDigitsLeast) text.insert(0, kDigitsLeast - text.size(), '0');
  text.insert(text.size() - 2, 1, '.');
  space.set_style("height", text += "px");
}

}  // namespace

void MessageListView::on_scroll() {
  const ScrollBox box = scroller_->scroll_box();
  if (box.height != shown_height_ || box.width != shown_width_) {
    on_resize();  // the scrolling follows from it
    return;
  }
  if (track_.size() == 0) return;
  remember_anchor(box);
  set_at_end(shows_end(box));
  if (!covered(view_top(box), box.height)) {
    settle();
  } else {
    load_older_if_near();
  }
}

void MessageListView::on_resize() {
  // What settle() itself has changed is told here, too.
  const ScrollBox box = scroller_->scroll_box();
  const bool known =
      box.height == shown_height_ && box.width == shown_width_ && box.content_height == shown_content_height_;
  if (known) return;
  measure_all_again();
  settle();
}

void MessageListView::settle_with_frame() {
  if (std::exchange(unsettled_, true)) return;
  frame_ = document_.before_next_frame([this] {
    if (unsettled_) settle();
  });
}

void MessageListView::settle() {
  unsettled_ = false;
  if (track_.size() != model_.item_count()) return;  // more changes are about to be told
  if (track_.size() == 0) drop_all();
  for (int pass = 0; pass < kPassesMax; ++pass) {
    const bool is_first = rows_.empty() && shown_height_ == 0 && track_.size() > 0;
    const ScrollBox box = is_first ? ScrollBox{.height = kFirstHeightPx} : scroller_->scroll_box();
    place(view_top(box), box.height);
    if (!measure() && !is_first) break;
  }
  hold();
  load_older_if_near();
}

// Where the upper edge of the screen lies, in reckoned positions (the head's upper edge is 0).
double MessageListView::view_top(const ScrollBox& box) const {
  if (at_end_ || track_.size() == 0) return std::max(0.0, head_height_ + track_.total() - box.height);
  return head_height_ + track_.top(anchor_ + 1) - anchor_below_;
}

bool MessageListView::covered(double view_top, double view_height) const {
  const double top = view_top - head_height_;
  const RowRange needed = track_.range(top - kOverscanPxMin, top + view_height + kOverscanPxMin);
  return needed.first >= first_ && needed.last <= last_;
}

void MessageListView::place(double view_top, double view_height) {
  if (track_.size() > 0 && !covered(view_top, view_height)) {
    const double top = view_top - head_height_;
    const double overscan = first_ == last_ ? kOverscanPxFirst : kOverscanPx;
    const RowRange wanted = track_.range(top - overscan, top + view_height + overscan);
    if (last_ <= wanted.first || first_ >= wanted.last) {
      drop_all();
      first_ = last_ = wanted.first;
    }
    const RowRange kept = track_.range(top - kOverscanPxMost, top + view_height + kOverscanPxMost);
    if (first_ < kept.first) {
      while (first_ < wanted.first) drop_front();
    }
    if (last_ > kept.last) {
      while (last_ > wanted.last) drop_back();
    }
    while (first_ > wanted.first) add_front();
    while (last_ < wanted.last) add_back();
  }
  set_spaces();
}

// Reads the true heights of the rows that are new or may have changed; answers whether one differs from what was
// reckoned with.
bool MessageListView::measure() {
  const double head_height = head_.height();
  bool differs = std::abs(head_height - head_height_) > kSamePx;
  head_height_ = head_height;
  const std::size_t begin = std::clamp(measured_, first_, last_);
  const std::vector<double> heights = rows_element_->child_heights(begin - first_);
  for (std::size_t index = 0; index < heights.size() && begin + index < last_; ++index) {
    Row& row = track_.row(begin + index);
    differs = differs || std::abs(row.height - heights[index]) > kSamePx;
    row.height = heights[index];
  }
  measured_ = last_;
  return differs;
}

// Scrolls so that the anchor, or the end, is where it was.
void MessageListView::hold() {
  ScrollBox box = scroller_->scroll_box();
  const double wanted_top = view_top(box);
  slack_ = at_end_ || take_up_slack_ || first_ == 0 ? 0 : box.top - wanted_top;
  if (track_.top(first_) + slack_ < 0) slack_ = 0;
  take_up_slack_ = false;
  set_spaces();
  box = scroller_->scroll_box();
  const double wanted = at_end_ ? box.content_height - box.height : wanted_top + slack_;
  if (std::abs(box.top - wanted) > kSamePx) {
    scroller_->set_scroll_top(wanted);
    box = scroller_->scroll_box();
    const bool beyond_an_end = !at_end_ && track_.size() > 0 && std::abs(box.top - wanted) > 2 * kSamePx;
    if (beyond_an_end) remember_anchor(box);
  }
  shown_content_height_ = box.content_height;
  shown_height_ = box.height;
  shown_width_ = box.width;
  if (shows_end(box)) set_at_end(true);
}

void MessageListView::set_spaces() {
  set_height(*space_above_, space_above_px_, std::max(0.0, track_.top(first_) + slack_));
  set_height(*space_below_, space_below_px_, std::max(0.0, track_.total() - track_.top(last_)));
}

void MessageListView::remember_anchor(const ScrollBox& box) {
  const double top = box.top - slack_;
  anchor_ = track_.index_at(top - head_height_);
  anchor_below_ = head_height_ + track_.top(anchor_ + 1) - top;
}

void MessageListView::set_at_end(bool at_end) {
  if (at_end == at_end_) return;
  at_end_ = at_end;
  moved_();
}

std::unique_ptr<MessageRow> MessageListView::make_row(std::size_t index) {
  auto row = std::make_unique<MessageRow>(document_, time_, actions_);
  row->draw(model_.item(index), track_.row(index).shape);
  return row;
}

void MessageListView::add_front() {
  measure_all_again();
  auto row = make_row(--first_);
  if (rows_.empty()) {
    rows_element_->append(row->element());
  } else {
    rows_element_->insert_before(row->element(), rows_.front()->element());
  }
  rows_.insert(rows_.begin(), std::move(row));
}

void MessageListView::add_back() {
  auto row = make_row(last_++);
  rows_element_->append(row->element());
  rows_.push_back(std::move(row));
}

void MessageListView::drop_front() {
  rows_.front()->element().remove();
  rows_.erase(rows_.begin());
  ++first_;
}

void MessageListView::drop_back() {
  rows_.back()->element().remove();
  rows_.pop_back();
  measured_ = std::min(measured_, --last_);
}

void MessageListView::drop_all() {
  rows_.clear();
  rows_element_->clear();
  last_ = first_;
  measure_all_again();
}

}  // namespace parley::web
