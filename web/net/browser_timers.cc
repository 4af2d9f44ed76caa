#include "web/net/browser_timers.h"

#include <emscripten/html5.h>

namespace parley::web {

struct BrowserTimers::Entry {
  BrowserTimers& owner;
  TimerId id;
  std::function<void()> callback;
  long timeout = 0;
};

BrowserTimers::BrowserTimers() = default;

BrowserTimers::~BrowserTimers() {
  for (const auto& [id, entry] : entries_) emscripten_clear_timeout(entry->timeout);
}

TimerId BrowserTimers::schedule(int delay_ms, std::function<void()> callback) {
  const TimerId id = ++last_;
  auto entry = std::make_unique<Entry>(Entry{*this, id, std::move(callback)});
  entry->timeout = emscripten_set_timeout(&BrowserTimers::on_timeout, delay_ms, entry.get());
  entries_.emplace(id, std::move(entry));
  return id;
}

void BrowserTimers::cancel(TimerId timer) {
  const auto found = entries_.find(timer);
  if (found == entries_.end()) return;
  emscripten_clear_timeout(found->second->timeout);
  entries_.erase(found);
}

void BrowserTimers::on_timeout(void* entry) {
  auto& fired = *static_cast<Entry*>(entry);
  const auto node = fired.owner.entries_.extract(fired.id);
  node.mapped()->callback();
}

}  // namespace parley::web
