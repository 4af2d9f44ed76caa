#include "gateway/web/proxied_socket.h"

#include <utility>

#include <boost/asio/read.hpp>

#include "gateway/web/proxy_header.h"

namespace parley::gateway {

ProxiedSocket::ProxiedSocket(WebEnvironment& environment, Tcp::socket socket, const IpAddress& proxy,
                             Admission::Ticket ticket, Done done)
    : environment_(environment),
      socket_(std::move(socket)),
      proxy_(proxy),
      ticket_(std::move(ticket)),
      done_(std::move(done)),
      ends_(environment.io_thread.clock().steady_now() + environment.limits.handshake_timeout) {}

void ProxiedSocket::start() {
  environment_.io_thread.add(weak_from_this());
  look();
}

void ProxiedSocket::look() {
  const ProxyHeader header = parse_proxy_header(header_);
  switch (header.kind) {
    case ProxyHeader::Kind::kIncomplete: return read(header.bytes_wanted - header_.size());
    case ProxyHeader::Kind::kInvalid: return refuse();
    case ProxyHeader::Kind::kWhole: ticket_ = {}; return done_(std::move(socket_), header.client.value_or(proxy_));
  }
}

void ProxiedSocket::read(std::size_t count) {
  const std::size_t known = header_.size();
  header_.resize(known + count);
  boost::asio::async_read(socket_, boost::asio::buffer(header_.data() + known, count),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                            error ? self->close() : self->look();
                          });
}

void ProxiedSocket::refuse() {
  environment_.connections.metrics.refusals.add("PROXY_HEADER_INVALID");
  environment_.connections.logger.warning("proxy_header_invalid", {{"proxy", proxy_.to_string()}});
  close();
}

void ProxiedSocket::sweep(TimePoint now) {
  if (now < ends_ || !socket_.is_open()) return;
  environment_.connections.metrics.refusals.add("REQUEST_TIMEOUT");
  environment_.connections.metrics.timeouts.add("handshake_timeout_ms");
  close();
}

void ProxiedSocket::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace parley::gateway
