#include "web/dom/browser_element.h"

#include <emscripten/emscripten.h>

#include <algorithm>
#include <array>
#include <utility>

// Module.parleyNodes holds the elements that have a handle, by number; BrowserDocument makes it. A text crosses as
// address and length; UTF8ToString ends at a NUL, which no text of ours holds.
// clang-format off
EM_JS(void, parley_dom_release, (int node), {
  Module.parleyNodes[node] = null;
  Module.parleyFree.push(node);
})

EM_JS(void, parley_dom_set_text, (int node, const char* text, int length), {
  Module.parleyNodes[node].textContent = UTF8ToString(text, length);
})

EM_JS(void, parley_dom_set_attribute, (int node, const char* name, int name_length, const char* value, int length), {
  Module.parleyNodes[node].setAttribute(UTF8ToString(name, name_length), UTF8ToString(value, length));
})

EM_JS(void, parley_dom_remove_attribute, (int node, const char* name, int length), {
  Module.parleyNodes[node].removeAttribute(UTF8ToString(name, length));
})

EM_JS(void, parley_dom_set_classes, (int node, const char* classes, int length), {
  Module.parleyNodes[node].className = UTF8ToString(classes, length);
})

EM_JS(void, parley_dom_set_style, (int node, const char* name, int name_length, const char* value, int length), {
  Module.parleyNodes[node].style.setProperty(UTF8ToString(name, name_length), UTF8ToString(value, length));
})

EM_JS(void, parley_dom_insert, (int parent, int child, int next), {
  Module.parleyNodes[parent].insertBefore(Module.parleyNodes[child], next ? Module.parleyNodes[next] : null);
})

EM_JS(void, parley_dom_append_text, (int node, const char* text, int length), {
  Module.parleyNodes[node].append(UTF8ToString(text, length));
})

// A new element, appended to `parent` unless that is 0; its number when `keep`, else 0.
EM_JS(int, parley_dom_create, (int parent, const char* tag, int tag_length, const char* classes, int classes_length,
                               const char* text, int text_length, int keep), {
  const element = document.createElement(UTF8ToString(tag, tag_length));
  if (classes_length) element.className = UTF8ToString(classes, classes_length);
  if (text_length) element.textContent = UTF8ToString(text, text_length);
  if (parent) Module.parleyNodes[parent].append(element);
  return keep ? Module.parleyKeep(element) : 0;
})

EM_JS(void, parley_dom_remove, (int node), {
  Module.parleyNodes[node].remove();
})

EM_JS(void, parley_dom_clear, (int node), {
  Module.parleyNodes[node].textContent = "";
})

EM_JS(void, parley_dom_listen, (int node, const char* type, int length, void* listener), {
  const element = Module.parleyNodes[node];
  const name = UTF8ToString(type, length);
  const handler = (event) => {
    if (event.key) {
      const key = new TextEncoder().encode(event.key);
      const room = _parley_dom_key(listener, key.length);
      HEAPU8.set(key, room);
    }
    const composing = event.isComposing || event.keyCode === 229;
    const flags = (event.shiftKey ? 1 : 0) | (event.ctrlKey ? 2 : 0) | (event.metaKey ? 4 : 0) |
        (event.altKey ? 8 : 0) | (composing ? 16 : 0);
    if (_parley_dom_event(listener, flags)) event.preventDefault();
  };
  element.addEventListener(name, handler);
  Module.parleyStops.set(listener, () => element.removeEventListener(name, handler));
})

EM_JS(void, parley_dom_observe_size, (int node, void* listener), {
  const observer = new ResizeObserver(() => _parley_dom_event(listener, 0));
  observer.observe(Module.parleyNodes[node]);
  Module.parleyStops.set(listener, () => observer.disconnect());
})

EM_JS(void, parley_dom_focus, (int node), {
  Module.parleyNodes[node].focus({ preventScroll: true });
})

EM_JS(void, parley_dom_scroll_box, (int node, double* numbers), {
  const element = Module.parleyNodes[node];
  HEAPF64.set([element.scrollTop, element.scrollHeight, element.clientHeight, element.clientWidth], numbers >> 3);
})

EM_JS(void, parley_dom_set_scroll_top, (int node, double top), {
  Module.parleyNodes[node].scrollTop = top;
})

EM_JS(double, parley_dom_height, (int node), {
  return Module.parleyNodes[node].getBoundingClientRect().height;
})

EM_JS(int, parley_dom_child_count, (int node), {
  return Module.parleyNodes[node].childElementCount;
})

EM_JS(void, parley_dom_child_heights, (int node, int first, double* heights), {
  const children = Module.parleyNodes[node].children;
  for (let at = heights >> 3; first < children.length; ++first, ++at) {
    HEAPF64[at] = children[first].getBoundingClientRect().height;
  }
})

EM_JS(void, parley_dom_value, (int node, void* text), {
  const bytes = new TextEncoder().encode(Module.parleyNodes[node].value);
  const room = _parley_dom_text(text, bytes.length);
  HEAPU8.set(bytes, room);
})

EM_JS(void, parley_dom_set_value, (int node, const char* value, int length), {
  Module.parleyNodes[node].value = UTF8ToString(value, length);
})

EM_JS(void, parley_dom_select_all, (int node), {
  Module.parleyNodes[node].select();
})

EM_JS(void, parley_dom_dialog, (int node, int open), {
  const dialog = Module.parleyNodes[node];
  if (!open) dialog.close();
  else if (!dialog.open) dialog.showModal();
})
// clang-format on

namespace parley::web {
namespace {

int length_of(std::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

BrowserElement::~BrowserElement() { parley_dom_release(node_); }

void BrowserElement::set_text(std::string_view text) { parley_dom_set_text(node_, text.data(), length_of(text)); }

void BrowserElement::set_attribute(std::string_view name, std::string_view value) {
  parley_dom_set_attribute(node_, name.data(), length_of(name), value.data(), length_of(value));
}

void BrowserElement::remove_attribute(std::string_view name) {
  parley_dom_remove_attribute(node_, name.data(), length_of(name));
}

void BrowserElement::set_classes(std::string_view classes) {
  parley_dom_set_classes(node_, classes.data(), length_of(classes));
}

void BrowserElement::set_style(std::string_view property, std::string_view value) {
  parley_dom_set_style(node_, property.data(), length_of(property), value.data(), length_of(value));
}

void BrowserElement::append(Element& child) { parley_dom_insert(node_, static_cast<BrowserElement&>(child).node_, 0); }

void BrowserElement::insert_before(Element& child, Element& next) {
  parley_dom_insert(node_, static_cast<BrowserElement&>(child).node_, static_cast<BrowserElement&>(next).node_);
}

void BrowserElement::append_text(std::string_view text) { parley_dom_append_text(node_, text.data(), length_of(text)); }

ElementPtr BrowserElement::append_new(std::string_view tag, std::string_view classes, std::string_view text) {
  return std::make_unique<BrowserElement>(parley_dom_create(node_, tag.data(), length_of(tag), classes.data(),
                                                            length_of(classes), text.data(), length_of(text), 1));
}

void BrowserElement::append_leaf(std::string_view tag, std::string_view classes, std::string_view text) {
  parley_dom_create(node_, tag.data(), length_of(tag), classes.data(), length_of(classes), text.data(), length_of(text),
                    0);
}

void BrowserElement::remove() { parley_dom_remove(node_); }

void BrowserElement::clear() { parley_dom_clear(node_); }

void BrowserElement::listen(std::string_view type, EventHandler handler) {
  auto listener = std::make_unique<BrowserListener>(std::move(handler));
  parley_dom_listen(node_, type.data(), length_of(type), listener.get());
  listeners_.push_back(std::move(listener));
}

void BrowserElement::observe_size(std::function<void()> handler) {
  auto listener = std::make_unique<BrowserListener>([handler = std::move(handler)](Event&) { handler(); });
  parley_dom_observe_size(node_, listener.get());
  listeners_.push_back(std::move(listener));
}

void BrowserElement::focus() { parley_dom_focus(node_); }

ScrollBox BrowserElement::scroll_box() const {
  std::array<double, 4> numbers{};
  parley_dom_scroll_box(node_, numbers.data());
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

void BrowserElement::set_scroll_top(double top) { parley_dom_set_scroll_top(node_, top); }

double BrowserElement::height() const { return parley_dom_height(node_); }

std::vector<double> BrowserElement::child_heights(std::size_t first) const {
  const auto count = static_cast<std::size_t>(parley_dom_child_count(node_));
  std::vector<double> heights(count - std::min(first, count));
  parley_dom_child_heights(node_, static_cast<int>(first), heights.data());
  return heights;
}

std::string BrowserElement::value() const {
  std::string text;
  parley_dom_value(node_, &text);
  return text;
}

void BrowserElement::set_value(std::string_view value) { parley_dom_set_value(node_, value.data(), length_of(value)); }

void BrowserElement::select_all() { parley_dom_select_all(node_); }

void BrowserElement::show_modal() { parley_dom_dialog(node_, 1); }

void BrowserElement::close_dialog() { parley_dom_dialog(node_, 0); }

}  // namespace parley::web
