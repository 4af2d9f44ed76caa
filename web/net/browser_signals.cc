#include "web/net/browser_signals.h"

#include <emscripten/emscripten.h>

// clang-format off
EM_JS(void, parley_signals_listen, (void* signals), {
  addEventListener('online', () => _parley_network_changed(signals, 1));
  addEventListener('offline', () => _parley_network_changed(signals, 0));
  const seen = () => _parley_visibility_changed(signals, document.visibilityState == 'visible' ? 1 : 0);
  document.addEventListener('visibilitychange', seen);
  // A page that comes back from the back/forward cache lost its socket without a word.
  addEventListener('pageshow', (event) => { if (event.persisted) seen(); });
})

EM_JS(int, parley_online, (), {
  return navigator.onLine === false ? 0 : 1;
})
// clang-format on

namespace parley::web {

BrowserSignals::BrowserSignals(Handlers handlers) : handlers_(std::move(handlers)) { parley_signals_listen(this); }

bool BrowserSignals::online() { return parley_online() != 0; }

}  // namespace parley::web

extern "C" EMSCRIPTEN_KEEPALIVE void parley_network_changed(parley::web::BrowserSignals* signals, int online) {
  signals->handlers().network(online != 0);
}

extern "C" EMSCRIPTEN_KEEPALIVE void parley_visibility_changed(parley::web::BrowserSignals* signals, int visible) {
  signals->handlers().visibility(visible != 0);
}
