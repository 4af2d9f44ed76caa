// The conversation: a list of any length of which only the part near the screen is in the page.
//
// What a person reads never moves by itself. At the end the list sticks to the end. Anywhere else it holds an anchor,
// the first row on screen and how far its lower edge lies below the screen's upper one, and keeps it there whatever is
// inserted, measured late or re-wrapped. Positions are reckoned from the heights of the rows (RowTrack), as if all were
// drawn; `slack_` is how far the page's own scroll position differs from that. The slack lets late measurements above
// the screen change the space above instead of the scroll position, which would stop a finger's fling on some phones.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "web/dom/document.h"
#include "web/dom/local_time.h"
#include "web/model/chat_model.h"
#include "web/view/announcer.h"
#include "web/view/history_head.h"
#include "web/view/message_row.h"
#include "web/view/row_track.h"

namespace parley::web {

class MessageListView {
 public:
  // `moved` is called when the end comes onto the screen or leaves it. Arguments outlive the view.
  MessageListView(Document& document, Element& parent, ChatModel& model, const LocalTime& time,
                  std::function<void()> moved);
  MessageListView(const MessageListView&) = delete;
  MessageListView& operator=(const MessageListView&) = delete;

  // The model's changes, as ChatObserver tells them.
  void reset();
  void items_inserted(std::size_t first, std::size_t count);
  void item_changed(std::size_t index, std::size_t previous_index);
  void item_removed(std::size_t index);
  void oldest_dropped(std::size_t count);
  void history_changed();

  // After a loss of the connection older messages may be asked for again.
  void link_changed();

  void jump_to_end();
  bool at_end() const { return at_end_; }
  void focus() { scroller_->focus(); }
  // Draws the days anew when another day has begun.
  void refresh_days();

 private:
  void on_scroll();
  void on_resize();
  void on_key(Event& event);
  void load_older_if_near();
  void announce(std::size_t first, std::size_t count);
  void act_and_focus(const std::function<void()>& action);

  // Brings the page in line with the rows: which are in it, their heights, the scroll position.
  void settle();
  // The same, once for all that comes until the page is drawn.
  void settle_with_frame();
  void place(double view_top, double view_height);
  bool measure();
  void measure_all_again() { measured_ = 0; }
  void hold();
  void set_spaces();
  bool covered(double view_top, double view_height) const;
  double view_top(const ScrollBox& box) const;
  void remember_anchor(const ScrollBox& box);
  void set_at_end(bool at_end);

  // Rows by themselves, and those in the page, [first_, last_).
  void insert_rows(std::size_t first, std::size_t count);
  void erase_row(std::size_t index);
  void reshape(std::size_t first, std::size_t count);
  void add_front();
  void add_back();
  void drop_front();
  void drop_back();
  void drop_all();
  std::unique_ptr<MessageRow> make_row(std::size_t index);
  bool in_page(std::size_t index) const { return index >= first_ && index < last_; }

  Document& document_;
  ChatModel& model_;
  const LocalTime& time_;
  std::function<void()> moved_;
  RowActions actions_;
  ElementPtr scroller_;
  HistoryHead head_;
  ElementPtr list_;
  ElementPtr space_above_;
  ElementPtr rows_element_;
  ElementPtr space_below_;
  Announcer announcer_;

  RowTrack track_;
  std::vector<std::unique_ptr<MessageRow>> rows_;  // as many as some screens hold
  std::size_t first_ = 0;
  std::size_t last_ = 0;
  std::size_t measured_ = 0;  // those in the page before this one have not changed since they were measured
  std::size_t anchor_ = 0;    // a row
  double anchor_below_ = 0;   // its lower edge, from the upper edge of the screen
  double head_height_ = 0;
  double slack_ = 0;  // the page's scroll position less the reckoned one
  double space_above_px_ = 0;
  double space_below_px_ = 0;
  double shown_height_ = 0;  // of the scroller, when last looked at
  double shown_width_ = 0;
  double shown_content_height_ = 0;
  bool at_end_ = true;
  bool unsettled_ = false;
  bool take_up_slack_ = false;
  bool history_known_ = false;  // the first page is there
  bool asked_for_older_ = false;
  std::int64_t today_ = 0;
  SubscriptionPtr frame_;
};

}  // namespace parley::web
