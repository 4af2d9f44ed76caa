// The browser's setTimeout.
#pragma once

#include <memory>
#include <vector>

#include "web/model/ports.h"

namespace parley::web {

class BrowserTimers final : public Timers {
 public:
  BrowserTimers() = default;
  ~BrowserTimers() override;
  BrowserTimers(const BrowserTimers&) = delete;
  BrowserTimers& operator=(const BrowserTimers&) = delete;

  TimerId schedule(int delay_ms, std::function<void()> callback) override;
  void cancel(TimerId timer) override;

  // For scripts.
  void fired(TimerId timer);

 private:
  struct Entry {
    TimerId id;
    std::function<void()> callback;
  };
  // Takes it out; empty when there is no such timer.
  std::function<void()> take(TimerId timer);

  std::vector<Entry> entries_;  // in no order; a handful
};

}  // namespace parley::web
