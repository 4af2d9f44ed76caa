// A connection of a proxy until its PROXY header is read.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "absl/functional/any_invocable.h"
#include "gateway/web/admission.h"
#include "gateway/web/ip_address.h"
#include "gateway/web/web_environment.h"

namespace parley::gateway {

// On its I/O thread. Keeps itself alive while it reads. A connection without a header, or whose header does not come
// within the time of a handshake, is closed: what follows could not be told from it.
class ProxiedSocket final : public Session, public std::enable_shared_from_this<ProxiedSocket> {
 public:
  using Tcp = boost::asio::ip::tcp;
  // Gets the socket, of which nothing but the header is read, and the client's address: the proxy's own where the
  // header names none.
  using Done = absl::AnyInvocable<void(Tcp::socket socket, const IpAddress& client)>;

  // `ticket`: the place of a proxy's connection, given back before `done`, which takes one for the client.
  ProxiedSocket(WebEnvironment& environment, Tcp::socket socket, const IpAddress& proxy, Admission::Ticket ticket,
                Done done);

  void start();
  void sweep(TimePoint now) override;
  void drain() override { close(); }
  void abandon() override { close(); }

 private:
  void look();
  void read(std::size_t count);
  void refuse();
  void close();

  WebEnvironment& environment_;
  Tcp::socket socket_;
  const IpAddress proxy_;
  Admission::Ticket ticket_;
  Done done_;
  const TimePoint ends_;
  std::string header_;
};

}  // namespace parley::gateway
