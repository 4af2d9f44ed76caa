#include "web/net/browser_timers.h"

#include <emscripten/emscripten.h>

#include <algorithm>
#include <utility>

// The browser's numbers of its timers are ours, too: they begin at 1.
// clang-format off
EM_JS(int, parley_timer_start, (void* timers, int delay_ms), {
  const timer = setTimeout(() => _parley_timer_fired(timers, timer), delay_ms);
  return timer;
})

EM_JS(void, parley_timer_stop, (int timer), {
  clearTimeout(timer);
})
// clang-format on

namespace parley::web {

BrowserTimers::~BrowserTimers() {
  for (const Entry& entry : entries_) parley_timer_stop(static_cast<int>(entry.id));
}

TimerId BrowserTimers::schedule(int delay_ms, std::function<void()> callback) {
  const TimerId id = parley_timer_start(this, delay_ms);
  entries_.push_back({id, std::move(callback)});
  return id;
}

void BrowserTimers::cancel(TimerId timer) {
  parley_timer_stop(static_cast<int>(timer));
  take(timer);
}

void BrowserTimers::fired(TimerId timer) {
  if (const std::function<void()> callback = take(timer)) callback();
}

std::function<void()> BrowserTimers::take(TimerId timer) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [timer](const Entry& entry) { return entry.id == timer; });
  if (found == entries_.end()) return nullptr;
  std::function<void()> callback = std::move(found->callback);
  *found = std::move(entries_.back());
  entries_.pop_back();
  return callback;
}

}  // namespace parley::web

extern "C" EMSCRIPTEN_KEEPALIVE void parley_timer_fired(parley::web::BrowserTimers* timers, int timer) {
  timers->fired(timer);
}
