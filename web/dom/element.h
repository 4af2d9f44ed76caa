// One element of the page, as the view sees it: in a browser the real one, in tests a fake that lays out by rule.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "web/dom/event.h"

namespace parley::web {

// Of an element that scrolls; CSS pixels.
struct ScrollBox {
  double top = 0;             // how far it is scrolled
  double content_height = 0;  // of what it scrolls through, at least its own height
  double height = 0;          // of the part on screen
  double width = 0;
};

class Element;
using ElementPtr = std::unique_ptr<Element>;

// A handle: letting go of it leaves the element where it stands in the page and ends its listeners. Text is text
// everywhere: nothing here is ever read as markup. Everything is UTF-8.
class Element {
 public:
  virtual ~Element() = default;

  // Replaces all children by one text.
  virtual void set_text(std::string_view text) = 0;
  virtual void set_attribute(std::string_view name, std::string_view value) = 0;
  virtual void remove_attribute(std::string_view name) = 0;
  // All classes, separated by spaces.
  virtual void set_classes(std::string_view classes) = 0;
  // One CSS property, through the CSSOM, which a Content-Security-Policy without unsafe-inline allows.
  virtual void set_style(std::string_view property, std::string_view value) = 0;

  virtual void append(Element& child) = 0;
  virtual void insert_before(Element& child, Element& next) = 0;
  virtual void append_text(std::string_view text) = 0;
  // A new last child, in one step; `classes` and `text` may be empty.
  virtual ElementPtr append_new(std::string_view tag, std::string_view classes, std::string_view text) = 0;
  // The same for a child that is never changed.
  virtual void append_leaf(std::string_view tag, std::string_view classes, std::string_view text) = 0;
  virtual void remove() = 0;
  // Removes all children.
  virtual void clear() = 0;

  // Calls `handler` for each such event here or in a descendant. The handler may let go of this handle.
  virtual void listen(std::string_view type, EventHandler handler) = 0;
  // Calls `handler` after the element's size has changed (ResizeObserver).
  virtual void observe_size(std::function<void()> handler) = 0;

  virtual void focus() = 0;

  virtual ScrollBox scroll_box() const = 0;
  virtual void set_scroll_top(double top) = 0;
  // With its padding and border, without margins.
  virtual double height() const = 0;
  // The same of each child from number `first` on, in order, in one step.
  virtual std::vector<double> child_heights(std::size_t first) const = 0;

  // Of an input or text area. Indices of the selection count UTF-16 units, as the DOM does.
  virtual std::string value() const = 0;
  virtual void set_value(std::string_view value) = 0;
  virtual void select_all() = 0;

  // Of a <dialog>: modal, with the focus kept inside; Escape closes it. A `close` event tells when it has closed.
  virtual void show_modal() = 0;
  virtual void close_dialog() = 0;
};

// Shows or hides by the attribute `hidden`.
inline void set_shown(Element& element, bool shown) {
  if (shown) {
    element.remove_attribute("hidden");
  } else {
    element.set_attribute("hidden", "");
  }
}

}  // namespace parley::web
