#include "web/view/message_row.h"

#include <algorithm>

#include "web/view/avatar.h"
#include "web/view/linkify.h"
#include "web/view/words.h"

namespace parley::web {
namespace {

constexpr std::int64_t kGroupMsMax = std::int64_t{5} * 60 * 1000;

}  // namespace

RowShape shape_of(const TimelineItem& item, const TimelineItem* previous, std::int64_t previous_day,
                  const LocalTime& time) {
  RowShape shape;
  shape.day = time.day_number(item.time_ms);
  shape.starts_day = previous == nullptr || previous_day != shape.day;
  shape.starts_group = shape.starts_day || previous->author_id != item.author_id ||
                       previous->author_name != item.author_name || previous->own != item.own ||
                       item.time_ms - previous->time_ms > kGroupMsMax;
  return shape;
}

double estimated_height(const TimelineItem& item, const RowShape& shape) {
  constexpr double kLine = 22;
  constexpr std::size_t kBytesInLine = 60;
  const auto breaks = static_cast<double>(std::count(item.body.begin(), item.body.end(), '\n'));
  const std::size_t full_lines = item.body.size() / kBytesInLine;
  const double lines = 1 + breaks + static_cast<double>(full_lines);
  return lines * kLine + 20 + (shape.starts_group ? (item.own ? 12 : 32) : 0) + (shape.starts_day ? 50 : 0) +
         (item.delivery == Delivery::kFailed ? 48 : 0);
}

std::string day_words(std::int64_t time_ms, const LocalTime& time) {
  const std::int64_t days_ago = time.day_number(time.now_ms()) - time.day_number(time_ms);
  return days_ago == 0 ? "Today" : days_ago == 1 ? "Yesterday" : time.day_text(time_ms);
}

MessageRow::MessageRow(Document& document, const LocalTime& time, const RowActions& actions)
    : time_(time), actions_(actions), element_(document.create("li", "row", "")) {}

void MessageRow::draw(const TimelineItem& item, const RowShape& shape) {
  retry_.reset();
  discard_.reset();
  element_->clear();
  std::string classes = item.own ? "row own" : "row";
  if (shape.starts_group) classes += " group-start";
  if (item.delivery == Delivery::kSending) classes += " sending";
  if (item.delivery == Delivery::kFailed) classes += " failed";
  element_->set_classes(classes);
  element_->set_attribute("data-key", item.key);

  if (shape.starts_day) element_->append_new("h2", "day", "")->append_leaf("span", "", day_words(item.time_ms, time_));
  const ElementPtr line = element_->append_new("div", "line", "");
  if (shape.starts_group && !item.own) append_avatar(*line, item.author_id, item.author_name);
  const ElementPtr column = line->append_new("div", "column", "");
  // Every message names its author to those who hear the list; to the eye only the first of a group does.
  const bool named = shape.starts_group && !item.own;
  const ElementPtr author =
      column->append_new("div", named ? "author" : "author unseen", item.own ? "You" : item.author_name);
  author->set_attribute("dir", "auto");
  draw_bubble(*column, item);
  if (item.delivery == Delivery::kFailed) draw_failure(*column, item);
}

void MessageRow::draw_bubble(Element& column, const TimelineItem& item) {
  const ElementPtr bubble = column.append_new("div", "bubble", "");
  const ElementPtr body = bubble->append_new("div", "body", "");
  body->set_attribute("dir", "auto");
  append_with_links(*body, item.body);
  const ElementPtr foot = bubble->append_new("span", "foot", "");
  foot->append_new("time", "", time_.clock_text(item.time_ms))->set_attribute("datetime", machine_time(item.time_ms));
  if (!item.own) return;
  switch (item.delivery) {
    case Delivery::kSending: foot->append_leaf("span", "state state-sending", "Sending…"); break;
    case Delivery::kSent:
      foot->append_new("span", "state state-sent", "")->append_leaf("span", "unseen", "Sent");
      break;
    case Delivery::kFailed: foot->append_leaf("span", "state state-failed", "Not sent"); break;
  }
}

void MessageRow::draw_failure(Element& column, const TimelineItem& item) {
  const ElementPtr failure = column.append_new("div", "failure", "");
  failure->append_leaf("span", "reason", item.failure.empty() ? "This message was not sent." : item.failure);
  retry_ = failure->append_new("button", "quiet", "Retry");
  retry_->set_attribute("type", "button");
  retry_->listen("click", [this, key = item.key](Event&) { actions_.retry(key); });
  discard_ = failure->append_new("button", "quiet danger", "Delete");
  discard_->set_attribute("type", "button");
  discard_->listen("click", [this, key = item.key](Event&) { actions_.discard(key); });
}

}  // namespace parley::web
