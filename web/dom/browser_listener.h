// What the browser calls back: a handler with an address that scripts can hold.
#pragma once

#include <string>

#include "web/dom/event.h"

namespace parley::web {

// Tells the browser to forget it when it is let go; a handler that runs just then runs to its end.
class BrowserListener final : public Subscription {
 public:
  explicit BrowserListener(EventHandler handler);
  ~BrowserListener() override;
  BrowserListener(const BrowserListener&) = delete;
  BrowserListener& operator=(const BrowserListener&) = delete;

  // For scripts. `flags` has a bit each for shift, ctrl, meta, alt, composing; answers whether to prevent the default.
  bool call(int flags);
  std::string& key() { return key_; }

 private:
  struct Handler;

  Handler* handler_;
  std::string key_;
};

}  // namespace parley::web
