#include "web/dom/browser_document.h"

#include <emscripten/emscripten.h>

#include <utility>

#include "web/dom/browser_element.h"
#include "web/dom/browser_listener.h"

// clang-format off
EM_JS(void, parley_dom_start, (), {
  Module.parleyNodes = [null];
  Module.parleyFree = [];
  Module.parleyStops = new Map();
  Module.parleyKeep = (element) => {
    const node = Module.parleyFree.pop() || Module.parleyNodes.length;
    Module.parleyNodes[node] = element;
    return node;
  };
})

EM_JS(int, parley_dom_find, (const char* id, int length), {
  const element = document.getElementById(UTF8ToString(id, length));
  return element ? Module.parleyKeep(element) : 0;
})

EM_JS(int, parley_dom_new, (const char* tag, int tag_length, const char* classes, int classes_length,
                            const char* text, int text_length), {
  const element = document.createElement(UTF8ToString(tag, tag_length));
  if (classes_length) element.className = UTF8ToString(classes, classes_length);
  if (text_length) element.textContent = UTF8ToString(text, text_length);
  return Module.parleyKeep(element);
})

EM_JS(void, parley_dom_set_title, (const char* title, int length), {
  document.title = UTF8ToString(title, length);
})

EM_JS(int, parley_dom_visible, (), {
  return document.visibilityState == 'visible' ? 1 : 0;
})

EM_JS(void, parley_dom_on_visibility, (void* listener), {
  const handler = () => _parley_dom_event(listener, 0);
  document.addEventListener('visibilitychange', handler);
  Module.parleyStops.set(listener, () => document.removeEventListener('visibilitychange', handler));
})

EM_JS(int, parley_dom_matches, (const char* query, int length), {
  return matchMedia(UTF8ToString(query, length)).matches ? 1 : 0;
})

EM_JS(void, parley_dom_on_media, (const char* query, int length, void* listener), {
  const list = matchMedia(UTF8ToString(query, length));
  const handler = () => _parley_dom_event(listener, 0);
  list.addEventListener('change', handler);
  Module.parleyStops.set(listener, () => list.removeEventListener('change', handler));
})

EM_JS(void, parley_dom_before_frame, (void* listener), {
  const frame = requestAnimationFrame(() => _parley_dom_event(listener, 0));
  Module.parleyStops.set(listener, () => cancelAnimationFrame(frame));
})

EM_JS(void, parley_dom_after, (int delay_ms, void* listener), {
  const timer = setTimeout(() => _parley_dom_event(listener, 0), delay_ms);
  Module.parleyStops.set(listener, () => clearTimeout(timer));
})
// clang-format on

namespace parley::web {
namespace {

int length_of(std::string_view text) { return static_cast<int>(text.size()); }

std::unique_ptr<BrowserListener> listener_of(std::function<void()> handler) {
  return std::make_unique<BrowserListener>([handler = std::move(handler)](Event&) { handler(); });
}

}  // namespace

BrowserDocument::BrowserDocument() { parley_dom_start(); }

ElementPtr BrowserDocument::create(std::string_view tag, std::string_view classes, std::string_view text) {
  return std::make_unique<BrowserElement>(
      parley_dom_new(tag.data(), length_of(tag), classes.data(), length_of(classes), text.data(), length_of(text)));
}

ElementPtr BrowserDocument::find(std::string_view id) {
  const int node = parley_dom_find(id.data(), length_of(id));
  return node == 0 ? nullptr : std::make_unique<BrowserElement>(node);
}

void BrowserDocument::set_title(std::string_view title) { parley_dom_set_title(title.data(), length_of(title)); }

bool BrowserDocument::visible() const { return parley_dom_visible() != 0; }

SubscriptionPtr BrowserDocument::on_visibility_change(std::function<void()> handler) {
  auto listener = listener_of(std::move(handler));
  parley_dom_on_visibility(listener.get());
  return listener;
}

bool BrowserDocument::matches(std::string_view media_query) const {
  return parley_dom_matches(media_query.data(), length_of(media_query)) != 0;
}

SubscriptionPtr BrowserDocument::on_media_change(std::string_view media_query, std::function<void()> handler) {
  auto listener = listener_of(std::move(handler));
  parley_dom_on_media(media_query.data(), length_of(media_query), listener.get());
  return listener;
}

SubscriptionPtr BrowserDocument::before_next_frame(std::function<void()> task) {
  auto listener = listener_of(std::move(task));
  parley_dom_before_frame(listener.get());
  return listener;
}

SubscriptionPtr BrowserDocument::after(int delay_ms, std::function<void()> task) {
  auto listener = listener_of(std::move(task));
  parley_dom_after(delay_ms, listener.get());
  return listener;
}

}  // namespace parley::web
