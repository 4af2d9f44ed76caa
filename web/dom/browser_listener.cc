#include "web/dom/browser_listener.h"

#include <emscripten/emscripten.h>

#include <cstddef>
#include <utility>

// clang-format off
EM_JS(void, parley_dom_forget, (void* listener), {
  const stop = Module.parleyStops.get(listener);
  if (!stop) return;
  Module.parleyStops.delete(listener);
  stop();
})
// clang-format on

namespace parley::web {

// Shared by the listener and the calls under way. (std::shared_ptr would bring in the tables of RTTI.)
struct BrowserListener::Handler {
  EventHandler function;
  int holders = 1;

  void let_go() {
    if (--holders == 0) delete this;
  }
};

BrowserListener::BrowserListener(EventHandler handler) : handler_(new Handler{std::move(handler)}) {}

BrowserListener::~BrowserListener() {
  parley_dom_forget(this);
  handler_->let_go();
}

bool BrowserListener::call(int flags) {
  Handler* const handler = handler_;  // `this` may go while it runs
  ++handler->holders;
  Event event;
  event.key.swap(key_);
  event.shift = (flags & 1) != 0;
  event.ctrl = (flags & 2) != 0;
  event.meta = (flags & 4) != 0;
  event.alt = (flags & 8) != 0;
  event.is_composing = (flags & 16) != 0;
  handler->function(event);
  handler->let_go();
  return event.default_prevented;
}

}  // namespace parley::web

extern "C" EMSCRIPTEN_KEEPALIVE int parley_dom_event(parley::web::BrowserListener* listener, int flags) {
  return listener->call(flags) ? 1 : 0;
}

// Room for the key of the event that is told next.
extern "C" EMSCRIPTEN_KEEPALIVE char* parley_dom_key(parley::web::BrowserListener* listener, int bytes) {
  listener->key().resize(static_cast<std::size_t>(bytes));
  return listener->key().data();
}

// Room for `bytes` bytes in a string of the caller's.
extern "C" EMSCRIPTEN_KEEPALIVE char* parley_dom_text(std::string* text, int bytes) {
  text->resize(static_cast<std::size_t>(bytes));
  return text->data();
}
