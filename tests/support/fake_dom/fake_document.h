// A page without a browser: a tree with listeners, focus, time that tests turn, and a layout by rule.
//
// Layout: a line of text is kLineHeight high and `chars_per_line` wide; a block is as high as its children one below
// the other; inline elements share lines; a style `height` in px wins; what is hidden has none. The element with the
// class `scroller_class` is `viewport_height` high and scrolls. Scroll and resize events come when a test settles.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/fake_dom/fake_node.h"
#include "web/dom/document.h"

namespace parley::web::testing {

inline constexpr double kLineHeight = 20;

class FakeDocument final : public Document {
 public:
  FakeDocument();

  ElementPtr create(std::string_view tag, std::string_view classes, std::string_view text) override;
  ElementPtr find(std::string_view id) override;
  void set_title(std::string_view title) override { title_ = title; }
  bool visible() const override { return visible_; }
  SubscriptionPtr on_visibility_change(std::function<void()> handler) override;
  bool matches(std::string_view media_query) const override;
  SubscriptionPtr on_media_change(std::string_view media_query, std::function<void()> handler) override;
  SubscriptionPtr before_next_frame(std::function<void()> task) override;
  SubscriptionPtr after(int delay_ms, std::function<void()> task) override;

  // For tests.
  FakeNode& body() { return *body_; }
  ElementPtr root();
  const std::string& title() const { return title_; }
  FakeNode* focused() const { return focused_; }
  void set_visible(bool visible);
  void set_media(std::string_view media_query, bool matches);
  // Lets delayed tasks run.
  void advance(int milliseconds);
  // Scroll and size events, until nothing is left to tell.
  void settle();
  // Calls the listeners of `node` and then of its ancestors; answers whether the default was prevented.
  bool fire(FakeNode& node, std::string_view type, Event event = {});
  bool press(FakeNode& node, std::string_view key);
  void type_text(FakeNode& input, std::string_view text);
  // A person's scrolling; the event follows at once.
  void scroll(FakeNode& scroller, double top);

  double height_of(const FakeNode& node) const;
  ScrollBox scroll_box_of(FakeNode& node) const;
  // The distance of a node's upper edge from that of the scroller's visible part.
  double screen_top(FakeNode& node);

  // Runs what was asked for before the next frame. (While `frames_held` is false nothing waits for it.)
  void draw_frame();

  std::string scroller_class = "messages";
  bool frames_held = false;
  double viewport_height = 600;
  int chars_per_line = 40;

 private:
  friend class FakeElement;

  void set_scroll_top(FakeNode& node, double top);
  bool tell_size_changes(FakeNode& node);
  void forget(FakeNode& node);

  NodePtr body_;
  std::string title_;
  bool visible_ = true;
  FakeNode* focused_ = nullptr;
  int now_ms_ = 0;
  std::map<std::string, bool, std::less<>> media_;
  std::vector<std::weak_ptr<std::function<void()>>> visibility_handlers_;
  std::vector<std::weak_ptr<std::function<void()>>> media_handlers_;
  std::deque<std::pair<int, std::weak_ptr<std::function<void()>>>> delayed_;
  std::vector<std::weak_ptr<std::function<void()>>> before_frame_;
  std::vector<std::weak_ptr<FakeNode>> scrolled_;
};

}  // namespace parley::web::testing
