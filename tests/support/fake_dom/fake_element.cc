#include "tests/support/fake_dom/fake_element.h"

#include <algorithm>
#include <utility>

namespace parley::web::testing {

FakeElement::FakeElement(FakeDocument& document, NodePtr node) : document_(document), node_(std::move(node)) {}

FakeElement::~FakeElement() {
  std::erase_if(node_->listeners, [this](const FakeListener& listener) { return listener.owner == this; });
  std::erase_if(node_->size_observers, [this](const FakeSizeObserver& observer) { return observer.owner == this; });
  // The document holds the node while it stands in the page; a node alone goes with its last handle.
}

void FakeElement::set_text(std::string_view text) {
  clear();
  if (!text.empty()) append_text(text);
}

void FakeElement::set_attribute(std::string_view name, std::string_view value) {
  node_->attributes[std::string(name)] = value;
}

void FakeElement::remove_attribute(std::string_view name) {
  const auto found = node_->attributes.find(name);
  if (found != node_->attributes.end()) node_->attributes.erase(found);
}

void FakeElement::set_style(std::string_view property, std::string_view value) {
  node_->style[std::string(property)] = value;
}

void FakeElement::append(Element& child) {
  NodePtr node = static_cast<FakeElement&>(child).node_;
  child.remove();
  node->parent = node_.get();
  node_->children.push_back(std::move(node));
}

void FakeElement::insert_before(Element& child, Element& next) {
  NodePtr node = static_cast<FakeElement&>(child).node_;
  child.remove();
  node->parent = node_.get();
  const auto place = std::find(node_->children.begin(), node_->children.end(), static_cast<FakeElement&>(next).node_);
  node_->children.insert(place, std::move(node));
}

void FakeElement::append_text(std::string_view text) {
  auto node = std::make_shared<FakeNode>();
  node->tag = "#text";
  node->text = text;
  node->parent = node_.get();
  node_->children.push_back(std::move(node));
}

ElementPtr FakeElement::append_new(std::string_view tag, std::string_view classes, std::string_view text) {
  ElementPtr child = document_.create(tag, classes, text);
  append(*child);
  return child;
}

void FakeElement::append_leaf(std::string_view tag, std::string_view classes, std::string_view text) {
  append_new(tag, classes, text);
}

void FakeElement::remove() {
  if (node_->parent == nullptr) return;
  document_.forget(*node_);
  auto& siblings = node_->parent->children;
  node_->parent = nullptr;
  siblings.erase(std::find(siblings.begin(), siblings.end(), node_));
}

void FakeElement::clear() {
  for (const NodePtr& child : node_->children) {
    document_.forget(*child);
    child->parent = nullptr;
  }
  node_->children.clear();
}

void FakeElement::listen(std::string_view type, EventHandler handler) {
  node_->listeners.push_back({std::string(type), std::make_shared<EventHandler>(std::move(handler)), this});
}

void FakeElement::observe_size(std::function<void()> handler) {
  node_->size_observers.push_back({std::make_shared<std::function<void()>>(std::move(handler)), this, -1, -1});
}

std::vector<double> FakeElement::child_heights(std::size_t first) const {
  std::vector<double> heights;
  for (; first < node_->children.size(); ++first) heights.push_back(document_.height_of(*node_->children[first]));
  return heights;
}

void FakeElement::close_dialog() {
  if (!node_->has_attribute("open")) return;
  remove_attribute("open");
  document_.fire(*node_, "close");
}

}  // namespace parley::web::testing
