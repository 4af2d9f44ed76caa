// One message in the list: its day and author where they change, its text, time and, for an own one, how far it came.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "web/dom/document.h"
#include "web/dom/local_time.h"
#include "web/model/chat_model.h"
#include "web/view/row_track.h"

namespace parley::web {

// How an item is set off from the one before it, `previous` (null for the first), which lies on `previous_day`.
RowShape shape_of(const TimelineItem& item, const TimelineItem* previous, std::int64_t previous_day,
                  const LocalTime& time);

// The height of a row never drawn, in CSS pixels; its guess decides only how true the scroll bar is.
double estimated_height(const TimelineItem& item, const RowShape& shape);

// `Today`, `Yesterday` or the day in words.
std::string day_words(std::int64_t time_ms, const LocalTime& time);

// What a person can do with a failed message; the text is the item's key.
struct RowActions {
  std::function<void(const std::string&)> retry;
  std::function<void(const std::string&)> discard;
};

class MessageRow {
 public:
  // Not yet in the page. `actions` outlives the row.
  MessageRow(Document& document, const LocalTime& time, const RowActions& actions);
  MessageRow(const MessageRow&) = delete;
  MessageRow& operator=(const MessageRow&) = delete;

  void draw(const TimelineItem& item, const RowShape& shape);
  Element& element() { return *element_; }

 private:
  void draw_bubble(Element& column, const TimelineItem& item);
  void draw_failure(Element& column, const TimelineItem& item);

  const LocalTime& time_;
  const RowActions& actions_;
  ElementPtr element_;
  ElementPtr retry_;
  ElementPtr discard_;
};

}  // namespace parley::web
