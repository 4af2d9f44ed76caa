// A node of the fake page: what a test looks at.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "web/dom/event.h"

namespace parley::web::testing {

struct FakeNode;
using NodePtr = std::shared_ptr<FakeNode>;

struct FakeListener {
  std::string type;
  std::shared_ptr<EventHandler> handler;
  const void* owner = nullptr;
};

struct FakeSizeObserver {
  std::shared_ptr<std::function<void()>> handler;
  const void* owner = nullptr;
  double seen_height = 0;
  double seen_width = 0;
};

struct FakeNode : std::enable_shared_from_this<FakeNode> {
  FakeNode() = default;
  ~FakeNode();
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  std::string tag;  // "#text" for text
  std::string text;
  std::map<std::string, std::string, std::less<>> attributes;
  std::map<std::string, std::string, std::less<>> style;
  std::vector<NodePtr> children;
  FakeNode* parent = nullptr;
  std::vector<FakeListener> listeners;
  std::vector<FakeSizeObserver> size_observers;
  std::string value;
  bool selected = false;
  double scroll_top = 0;

  std::string attribute(std::string_view name) const;
  bool has_attribute(std::string_view name) const;
  bool has_class(std::string_view name) const;
  // Not inside anything hidden, and inside no closed dialog.
  bool shown() const;
  // All text below, in order.
  std::string all_text() const;
  // Descendants with a class, in order; the first of them (null when there is none).
  std::vector<FakeNode*> all(std::string_view class_name);
  FakeNode* first(std::string_view class_name);
  // The first descendant of a tag whose text is `text`.
  FakeNode* first_with_text(std::string_view tag, std::string_view text);
  std::vector<FakeNode*> all_of_tag(std::string_view tag);
};

}  // namespace parley::web::testing
