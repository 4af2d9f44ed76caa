// The admin port: HTTP for the operator and for Prometheus, apart from what users reach.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/status/statusor.h"
#include "common/admin/admin_pages.h"

namespace parley {

// On a thread of its own, so that it answers whatever the others do. It has its own limits: 32 connections, one request
// each, 8 KiB of header, 4 KiB of body, five seconds.
class AdminServer {
 public:
  // Listens on an IP address; port 0 takes any free one. FAILED_PRECONDITION (ADMIN_LISTEN_FAILED) in words for an
  // operator. `pages` outlives the server.
  static absl::StatusOr<std::unique_ptr<AdminServer>> start(const std::string& address, std::uint16_t port,
                                                            const AdminPages& pages);
  // Cuts off what is being answered.
  ~AdminServer();

  std::uint16_t port() const { return port_; }

 private:
  class Session;

  explicit AdminServer(const AdminPages& pages) : pages_(pages), acceptor_(context_), pause_(context_) {}
  absl::Status listen(const std::string& address, std::uint16_t port);
  void accept();

  const AdminPages& pages_;
  std::size_t sessions_ = 0;            // on the thread
  boost::asio::io_context context_{1};  // its handlers hold the sessions
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace parley
