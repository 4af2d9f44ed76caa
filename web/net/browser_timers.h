// The browser's setTimeout.
#pragma once

#include <map>
#include <memory>

#include "web/model/ports.h"

namespace parley::web {

class BrowserTimers final : public Timers {
 public:
  BrowserTimers();
  ~BrowserTimers() override;
  BrowserTimers(const BrowserTimers&) = delete;
  BrowserTimers& operator=(const BrowserTimers&) = delete;

  TimerId schedule(int delay_ms, std::function<void()> callback) override;
  void cancel(TimerId timer) override;

 private:
  struct Entry;
  static void on_timeout(void* entry);

  TimerId last_ = 0;
  std::map<TimerId, std::unique_ptr<Entry>> entries_;
};

}  // namespace parley::web
