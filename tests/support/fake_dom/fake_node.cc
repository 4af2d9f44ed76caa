#include "tests/support/fake_dom/fake_node.h"

#include <sstream>

namespace parley::web::testing {
namespace {

template <class Predicate>
void collect(FakeNode& node, const Predicate& wanted, std::vector<FakeNode*>& found) {
  for (const NodePtr& child : node.children) {
    if (wanted(*child)) found.push_back(child.get());
    collect(*child, wanted, found);
  }
}

}  // namespace

FakeNode::~FakeNode() {
  for (const NodePtr& child : children) child->parent = nullptr;
}

std::string FakeNode::attribute(std::string_view name) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string() : found->second;
}

bool FakeNode::has_attribute(std::string_view name) const { return attributes.find(name) != attributes.end(); }

bool FakeNode::has_class(std::string_view name) const {
  std::istringstream classes(attribute("class"));
  for (std::string word; classes >> word;) {
    if (word == name) return true;
  }
  return false;
}

bool FakeNode::shown() const {
  for (const FakeNode* node = this; node != nullptr; node = node->parent) {
    if (node->has_attribute("hidden")) return false;
    if (node->tag == "dialog" && !node->has_attribute("open")) return false;
  }
  return true;
}

std::string FakeNode::all_text() const {
  if (tag == "#text") return text;
  std::string joined;
  for (const NodePtr& child : children) joined += child->all_text();
  return joined;
}

std::vector<FakeNode*> FakeNode::all(std::string_view class_name) {
  std::vector<FakeNode*> found;
  collect(
      *this, [class_name](const FakeNode& node) { return node.has_class(class_name); }, found);
  return found;
}

FakeNode* FakeNode::first(std::string_view class_name) {
  const auto found = all(class_name);
  return found.empty() ? nullptr : found.front();
}

std::vector<FakeNode*> FakeNode::all_of_tag(std::string_view wanted) {
  std::vector<FakeNode*> found;
  collect(
      *this, [wanted](const FakeNode& node) { return node.tag == wanted; }, found);
  return found;
}

FakeNode* FakeNode::first_with_text(std::string_view wanted_tag, std::string_view wanted_text) {
  for (FakeNode* node : all_of_tag(wanted_tag)) {
    if (node->all_text() == wanted_text) return node;
  }
  return nullptr;
}

}  // namespace parley::web::testing
