#include "gateway/web/listener.h"

#include <sys/socket.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "gateway/web/http_session.h"
#include "gateway/web/proxied_socket.h"

namespace parley::gateway {
namespace {

using Tcp = boost::asio::ip::tcp;
using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::chrono::milliseconds kAcceptPause(100);

absl::Status failure(std::string_view reason, const std::string& message) {
  return make_error(absl::StatusCode::kFailedPrecondition, reason, message);
}

enum class Sharing { kAlone, kReusePort };

absl::StatusOr<Tcp::acceptor> listen(boost::asio::io_context& context, const std::string& address, std::uint16_t port,
                                     Sharing sharing) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error) return failure("ADDRESS_INVALID", absl::StrCat("address must be an IP address, not \"", address, "\""));
  const Tcp::endpoint endpoint(ip, port);
  Tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error && sharing == Sharing::kReusePort) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(Tcp::acceptor::max_listen_connections, error);
  if (error == boost::asio::error::address_in_use) {
    return failure("PORT_IN_USE", absl::StrCat("port ", port, " of ", address,
                                               " is in use: stop what listens there, or choose another with --port"));
  }
  if (error)
    return failure("ADDRESS_UNAVAILABLE", absl::StrCat("cannot listen on ", address, ":", port, ": ", error.message()));
  return acceptor;
}

}  // namespace

absl::Status Listener::check_port_free(const std::string& address, std::uint16_t port) {
  if (port == 0) return absl::OkStatus();
  boost::asio::io_context context;
  return listen(context, address, port, Sharing::kAlone).status();
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::open(WebEnvironment& environment, const std::string& address,
                                                         std::uint16_t port, Protocol protocol) {
  absl::StatusOr<Tcp::acceptor> acceptor = listen(environment.io_thread.context(), address, port, Sharing::kReusePort);
  if (!acceptor.ok()) return acceptor.status();
  boost::system::error_code error;
  const std::uint16_t bound = acceptor->local_endpoint(error).port();
  if (error) return failure("ADDRESS_UNAVAILABLE", error.message());
  return std::unique_ptr<Listener>(new Listener(environment, *std::move(acceptor), bound, protocol));
}

Listener::Listener(WebEnvironment& environment, Tcp::acceptor acceptor, std::uint16_t port, Protocol protocol)
    : environment_(environment),
      acceptor_(std::move(acceptor)),
      pause_(environment.io_thread.context()),
      port_(port),
      protocol_(protocol) {}

void Listener::start() { accept(); }

void Listener::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::accept() {
  acceptor_.async_accept(
      [this](const boost::system::error_code& error, Tcp::socket socket) { accepted(error, std::move(socket)); });
}

void Listener::admit(Tcp::socket socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return;
  const IpAddress peer = unmapped(endpoint.address());
  absl::StatusOr<Admission::Ticket> ticket = enter(peer);
  if (!ticket.ok()) return refuse(refusal_reason(ticket.status()));
  const TrustedProxies& proxies = environment_.proxies;
  if (proxies.protocol == ProxyProtocol::kOff || !proxies.ranges.contain(peer)) {
    return begin(std::move(socket), peer, *std::move(ticket));
  }
  std::make_shared<ProxiedSocket>(
      environment_, std::move(socket), peer, *std::move(ticket),
      [this](Tcp::socket proxied, const IpAddress& client) { admit_proxied(std::move(proxied), client); })
      ->start();
}

void Listener::admit_proxied(Tcp::socket socket, const IpAddress& client) {
  absl::StatusOr<Admission::Ticket> ticket = enter(client);
  if (!ticket.ok()) return refuse(refusal_reason(ticket.status()));
  begin(std::move(socket), client, *std::move(ticket));
}

absl::StatusOr<Admission::Ticket> Listener::enter(const IpAddress& peer) {
  if (absl::Status slow_enough = check_handshakes(peer); !slow_enough.ok()) return slow_enough;
  absl::StatusOr<Admission::Ticket> ticket = take_place(peer);
  const bool is_full = !ticket.ok() && error_reason(ticket.status()) == "OVERLOADED";
  if (!is_full || !environment_.spares.dismiss_one()) return ticket;
  refuse(kMadeWay);  // that one
  return take_place(peer);
}

// Nobody is closed to make way for one who then gets no handshake.
absl::Status Listener::check_handshakes(const IpAddress& peer) {
  if (protocol_ != Protocol::kTls || environment_.proxies.ranges.contain(peer)) return absl::OkStatus();
  return environment_.admission.take_tls_handshake(Admission::Client::of(peer));
}

// A proxy's connections are not those of one client.
absl::StatusOr<Admission::Ticket> Listener::take_place(const IpAddress& peer) {
  Admission& admission = environment_.admission;
  return environment_.proxies.ranges.contain(peer) ? admission.enter_http_of_proxy()
                                                   : admission.enter_http(Admission::Client::of(peer));
}

void Listener::begin(Tcp::socket socket, const IpAddress& peer, Admission::Ticket ticket) {
  ClientStream stream = protocol_ == Protocol::kPlain
                            ? ClientStream(std::move(socket))
                            : ClientStream(std::move(socket), *environment_.https.certificate->current());
  std::make_shared<HttpSession>(environment_, std::move(stream), peer, std::move(ticket))->start();
}

void Listener::refuse(std::string_view reason) {
  environment_.connections.logger.debug("connection_refused", {{"reason", reason}});
  environment_.connections.metrics.refusals.add(reason);
}

void Listener::accepted(const boost::system::error_code& error, Tcp::socket socket) {
  if (!acceptor_.is_open()) return;
  if (!error) {
    admit(std::move(socket));
    return accept();
  }
  // Out of descriptors or memory: connections wait in the kernel's queue meanwhile.
  environment_.connections.logger.warning("accept_failed", {{"error", error.message()}});
  pause_.expires_after(kAcceptPause);
  pause_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled && acceptor_.is_open()) accept();
  });
}

}  // namespace parley::gateway
