// An element of the real page, known to scripts by a number.
#pragma once

#include <vector>

#include "web/dom/browser_listener.h"
#include "web/dom/element.h"

namespace parley::web {

class BrowserElement final : public Element {
 public:
  // Takes over the number.
  explicit BrowserElement(int node) : node_(node) {}
  ~BrowserElement() override;
  BrowserElement(const BrowserElement&) = delete;
  BrowserElement& operator=(const BrowserElement&) = delete;

  void set_text(std::string_view text) override;
  void set_attribute(std::string_view name, std::string_view value) override;
  void remove_attribute(std::string_view name) override;
  void set_classes(std::string_view classes) override;
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
  void focus() override;
  ScrollBox scroll_box() const override;
  void set_scroll_top(double top) override;
  double height() const override;
  std::vector<double> child_heights(std::size_t first) const override;
  std::string value() const override;
  void set_value(std::string_view value) override;
  void select_all() override;
  void show_modal() override;
  void close_dialog() override;

 private:
  int node_;
  std::vector<SubscriptionPtr> listeners_;
};

}  // namespace parley::web
