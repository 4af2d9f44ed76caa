// The listening sockets: one a thread, on one port.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/status/statusor.h"
#include "gateway/web/web_environment.h"

namespace parley::gateway {

// What is spoken on a port.
enum class Protocol { kPlain, kTls };

// A listening socket with SO_REUSEPORT: the kernel spreads connections over those of one port.
class Listener {
 public:
  // Binds and listens. FAILED_PRECONDITION (ADDRESS_INVALID, PORT_IN_USE, ADDRESS_UNAVAILABLE), in words for an
  // operator. Port 0 takes any free one. kTls only where the environment's https is on.
  static absl::StatusOr<std::unique_ptr<Listener>> open(WebEnvironment& environment, const std::string& address,
                                                        std::uint16_t port, Protocol protocol);
  // Fails with PORT_IN_USE where another program listens: with SO_REUSEPORT alone that would go unnoticed.
  static absl::Status check_port_free(const std::string& address, std::uint16_t port);

  std::uint16_t port() const { return port_; }
  // The rest on the environment's I/O thread, or before it runs.
  void start();
  void stop();

 private:
  Listener(WebEnvironment& environment, boost::asio::ip::tcp::acceptor acceptor, std::uint16_t port, Protocol protocol);

  void accept();
  void admit(boost::asio::ip::tcp::socket socket);
  // A connection of a client behind a proxy, whose PROXY header is read.
  void admit_proxied(boost::asio::ip::tcp::socket socket, const IpAddress& client);
  // A place, where none is left that of a connection that can be done without.
  absl::StatusOr<Admission::Ticket> enter(const IpAddress& peer);
  // Whether there may be a TLS handshake, which costs us more than the client.
  absl::Status check_handshakes(const IpAddress& peer);
  absl::StatusOr<Admission::Ticket> take_place(const IpAddress& peer);
  void begin(boost::asio::ip::tcp::socket socket, const IpAddress& peer, Admission::Ticket ticket);
  // One connection too many is closed without a word: an answer would take as much as what it refuses.
  void refuse(std::string_view reason);
  void accepted(const boost::system::error_code& error, boost::asio::ip::tcp::socket socket);

  WebEnvironment& environment_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  const std::uint16_t port_;
  const Protocol protocol_;
};

}  // namespace parley::gateway
