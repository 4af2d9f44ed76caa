#include "tests/support/fake_dom/fake_document.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "tests/support/fake_dom/fake_element.h"

namespace parley::web::testing {
namespace {

class FakeSubscription final : public Subscription {
 public:
  explicit FakeSubscription(std::shared_ptr<std::function<void()>> task) : task_(std::move(task)) {}

 private:
  std::shared_ptr<std::function<void()>> task_;
};

using TaskList = std::vector<std::weak_ptr<std::function<void()>>>;

SubscriptionPtr keep(TaskList& list, std::function<void()> task) {
  auto shared = std::make_shared<std::function<void()>>(std::move(task));
  list.push_back(shared);
  return std::make_unique<FakeSubscription>(std::move(shared));
}

void call_all(const TaskList& list) {
  for (const auto& weak : TaskList(list)) {
    if (const auto task = weak.lock()) (*task)();
  }
}

bool is_inline(const FakeNode& node) {
  constexpr std::array<std::string_view, 6> kInline = {"#text", "span", "a", "time", "button", "b"};
  return std::find(kInline.begin(), kInline.end(), node.tag) != kInline.end();
}

double lines_height(std::string_view text, int chars_per_line) {
  if (text.empty()) return 0;
  double lines = 0;
  while (true) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end;
    lines += std::max(1.0, std::ceil(static_cast<double>(length) / chars_per_line));
    if (end == std::string_view::npos) return lines * kLineHeight;
    text.remove_prefix(end + 1);
  }
}

NodePtr find_by_id(const NodePtr& node, std::string_view id) {
  if (node->attribute("id") == id) return node;
  for (const NodePtr& child : node->children) {
    if (NodePtr found = find_by_id(child, id)) return found;
  }
  return nullptr;
}

}  // namespace

FakeDocument::FakeDocument() : body_(std::make_shared<FakeNode>()) { body_->tag = "body"; }

ElementPtr FakeDocument::create(std::string_view tag, std::string_view classes, std::string_view text) {
  auto node = std::make_shared<FakeNode>();
  node->tag = tag;
  auto element = std::make_unique<FakeElement>(*this, std::move(node));
  if (!classes.empty()) element->set_classes(classes);
  if (!text.empty()) element->set_text(text);
  return element;
}

ElementPtr FakeDocument::find(std::string_view id) {
  NodePtr node = find_by_id(body_, id);
  return node == nullptr ? nullptr : std::make_unique<FakeElement>(*this, std::move(node));
}

ElementPtr FakeDocument::root() { return std::make_unique<FakeElement>(*this, body_); }

SubscriptionPtr FakeDocument::on_visibility_change(std::function<void()> handler) {
  return keep(visibility_handlers_, std::move(handler));
}

bool FakeDocument::matches(std::string_view media_query) const {
  const auto found = media_.find(media_query);
  return found != media_.end() && found->second;
}

SubscriptionPtr FakeDocument::on_media_change(std::string_view, std::function<void()> handler) {
  return keep(media_handlers_, std::move(handler));
}

SubscriptionPtr FakeDocument::before_next_frame(std::function<void()> task) {
  SubscriptionPtr kept = keep(before_frame_, std::move(task));
  if (!frames_held) draw_frame();
  return kept;
}

void FakeDocument::draw_frame() { call_all(std::exchange(before_frame_, {})); }

SubscriptionPtr FakeDocument::after(int delay_ms, std::function<void()> task) {
  auto shared = std::make_shared<std::function<void()>>(std::move(task));
  delayed_.emplace_back(now_ms_ + delay_ms, shared);
  return std::make_unique<FakeSubscription>(std::move(shared));
}

void FakeDocument::set_visible(bool visible) {
  visible_ = visible;
  call_all(visibility_handlers_);
}

void FakeDocument::set_media(std::string_view media_query, bool matches) {
  media_[std::string(media_query)] = matches;
  call_all(media_handlers_);
}

void FakeDocument::advance(int milliseconds) {
  now_ms_ += milliseconds;
  auto waiting = std::exchange(delayed_, {});
  for (auto& [due_ms, weak] : waiting) {
    if (due_ms > now_ms_) {
      delayed_.emplace_back(due_ms, weak);
    } else if (const auto task = weak.lock()) {
      (*task)();
    }
  }
  settle();
}

void FakeDocument::settle() {
  for (bool told = true; told;) {
    told = false;
    for (const auto& weak : std::exchange(scrolled_, {})) {
      if (const NodePtr node = weak.lock()) fire(*node, "scroll");
      told = true;
    }
    told = tell_size_changes(*body_) || told;
  }
}

bool FakeDocument::tell_size_changes(FakeNode& node) {
  bool told = false;
  const auto observers = node.size_observers;
  for (std::size_t index = 0; index < observers.size(); ++index) {
    const double height = height_of(node);
    if (height == observers[index].seen_height && chars_per_line == observers[index].seen_width) continue;
    node.size_observers[index].seen_height = height;
    node.size_observers[index].seen_width = chars_per_line;
    (*observers[index].handler)();
    told = true;
  }
  const auto children = node.children;
  for (const NodePtr& child : children) told = tell_size_changes(*child) || told;
  return told;
}

bool FakeDocument::fire(FakeNode& node, std::string_view type, Event event) {
  std::vector<NodePtr> path;  // held: a handler may take them off the page
  for (FakeNode* target = &node; target != nullptr; target = target->parent) path.push_back(target->shared_from_this());
  for (const NodePtr& target : path) {
    const auto listeners = target->listeners;
    for (const FakeListener& listener : listeners) {
      if (listener.type == type) (*listener.handler)(event);
    }
  }
  return event.default_prevented;
}

bool FakeDocument::press(FakeNode& node, std::string_view key) {
  Event event;
  event.key = key;
  return fire(node, "keydown", event);
}

void FakeDocument::type_text(FakeNode& input, std::string_view text) {
  input.value = text;
  fire(input, "input");
}

void FakeDocument::scroll(FakeNode& scroller, double top) {
  set_scroll_top(scroller, top);
  settle();
}

double FakeDocument::height_of(const FakeNode& node) const {
  if (node.tag == "#text") return lines_height(node.text, chars_per_line);
  if (node.has_attribute("hidden")) return 0;
  if (node.has_class(scroller_class)) return viewport_height;
  if (const auto style = node.style.find("height"); style != node.style.end() && style->second != "auto") {
    return std::atof(style->second.c_str());
  }
  double height = 0;
  std::string line;
  for (const NodePtr& child : node.children) {
    if (is_inline(*child)) {
      line += child->all_text();
      continue;
    }
    height += lines_height(std::exchange(line, {}), chars_per_line) + height_of(*child);
  }
  return height + lines_height(line, chars_per_line);
}

ScrollBox FakeDocument::scroll_box_of(FakeNode& node) const {
  double content_height = 0;
  if (node.tag == "textarea") content_height = std::max(kLineHeight, lines_height(node.value, chars_per_line));
  for (const NodePtr& child : node.children) content_height += height_of(*child);
  const double height = height_of(node);
  node.scroll_top = std::clamp(node.scroll_top, 0.0, std::max(0.0, content_height - height));
  return {node.scroll_top, std::max(content_height, height), height, static_cast<double>(chars_per_line)};
}

void FakeDocument::set_scroll_top(FakeNode& node, double top) {
  const double before = scroll_box_of(node).top;
  node.scroll_top = top;
  if (scroll_box_of(node).top == before) return;
  scrolled_.push_back(node.weak_from_this());
}

double FakeDocument::screen_top(FakeNode& node) {
  double top = 0;
  for (FakeNode* at = &node; !at->has_class(scroller_class); at = at->parent) {
    for (const NodePtr& sibling : at->parent->children) {
      if (sibling.get() == at) break;
      top += height_of(*sibling);
    }
    if (at->parent->has_class(scroller_class)) top -= scroll_box_of(*at->parent).top;
  }
  return top;
}

void FakeDocument::forget(FakeNode& node) {
  for (FakeNode* at = focused_; at != nullptr; at = at->parent) {
    if (at == &node) {
      focused_ = nullptr;
      return;
    }
  }
}

}  // namespace parley::web::testing
