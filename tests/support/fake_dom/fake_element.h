// The handle to a node of the fake page.
#pragma once

#include "tests/support/fake_dom/fake_document.h"

namespace parley::web::testing {

class FakeElement final : public Element {
 public:
  FakeElement(FakeDocument& document, NodePtr node);
  ~FakeElement() override;
  FakeElement(const FakeElement&) = delete;
  FakeElement& operator=(const FakeElement&) = delete;

  void set_text(std::string_view text) override;
  void set_attribute(std::string_view name, std::string_view value) override;
  void remove_attribute(std::string_view name) override;
  void set_classes(std::string_view classes) override { set_attribute("class", classes); }
  void set_style(std::string_view property, std::string_view value) override;
  void append(Element& child) override;
  void insert_before(Element& child, Element& next) override;
  void append_text(std::string_view text) override;
  ElementPtr append_new(std::string_view tag, std::string_view classes, std::string_view text) override;
  void append_leaf(std::string_view tag, std::string_view classes, std::string_view text) override;
  void remove() override;
  void clear() override;
  void listen(std::string_view type, EventHandler handler) override;
  void observe_size(std::function<void()> handler) override;
  void focus() override { document_.focused_ = node_.get(); }
  ScrollBox scroll_box() const override { return document_.scroll_box_of(*node_); }
  void set_scroll_top(double top) override { document_.set_scroll_top(*node_, top); }
  double height() const override { return document_.height_of(*node_); }
  std::vector<double> child_heights(std::size_t first) const override;
  std::string value() const override { return node_->value; }
  void set_value(std::string_view value) override { node_->value = value; }
  void select_all() override { node_->selected = true; }
  void show_modal() override { set_attribute("open", ""); }
  void close_dialog() override;

  FakeNode& node() { return *node_; }

 private:
  FakeDocument& document_;
  NodePtr node_;
};

}  // namespace parley::web::testing
