// Accepts TCP connections and answers their handshakes as the gateway does; then they are the gateway's own sessions.
#pragma once

#include <cstdint>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/web/io_thread.h"
#include "gateway/web/web_limits.h"

namespace parley::test {

// On the I/O thread, or before it runs. Both arguments outlive the listener, and it the sessions.
class EchoListener {
 public:
  EchoListener(gateway::IoThread& io_thread, const gateway::WebLimits& limits);

  // On loopback; port 0 takes any free one.
  boost::system::error_code listen(std::uint16_t port);
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void accept();
  void close();

 private:
  gateway::IoThread& io_thread_;
  const gateway::WebLimits& limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace parley::test
