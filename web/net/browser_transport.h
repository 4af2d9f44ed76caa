// The browser's WebSocket.
#pragma once

#include <string>

#include "web/model/ports.h"

namespace parley::web {

class BrowserTransport final : public Transport {
 public:
  // `url` is the address without its query, ws: or wss:.
  explicit BrowserTransport(std::string url) : url_(std::move(url)) {}
  ~BrowserTransport() override { close(); }
  BrowserTransport(const BrowserTransport&) = delete;
  BrowserTransport& operator=(const BrowserTransport&) = delete;

  void listen(TransportListener* listener) override { listener_ = listener; }
  void open(std::string_view query) override;
  void send(std::string_view bytes) override;
  void close() override;

  TransportListener* listener() const { return listener_; }

 private:
  std::string url_;
  TransportListener* listener_ = nullptr;
};

}  // namespace parley::web
