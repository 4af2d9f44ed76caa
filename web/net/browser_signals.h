// What the browser says about the network and the page.
#pragma once

#include <functional>
#include <utility>

namespace parley::web {

// One a page: it lives as long as the page does.
class BrowserSignals {
 public:
  struct Handlers {
    std::function<void(bool online)> network;
    std::function<void(bool visible)> visibility;
  };

  explicit BrowserSignals(Handlers handlers);
  BrowserSignals(const BrowserSignals&) = delete;
  BrowserSignals& operator=(const BrowserSignals&) = delete;

  static bool online();
  const Handlers& handlers() const { return handlers_; }

 private:
  Handlers handlers_;
};

}  // namespace parley::web
