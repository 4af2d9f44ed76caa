#include "tests/support/echo_server/echo_listener.h"

#include <memory>
#include <optional>
#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "gateway/web/handshake.h"
#include "gateway/web/websocket_session.h"
#include "tests/support/echo_server/echo_handler.h"

namespace parley::test {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using gateway::HttpRequest;
using gateway::HttpResponse;

// One connection up to its upgrade. Keeps itself alive while an operation is under way.
class Handshake final : public gateway::Session, public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(gateway::IoThread& io_thread, const gateway::WebLimits& limits, tcp::socket socket)
      : io_thread_(io_thread),
        limits_(limits),
        socket_(std::move(socket)),
        buffer_(limits.header_bytes_max),
        ends_(io_thread.clock().steady_now() + limits.handshake_timeout) {}

  void start() {
    io_thread_.add(weak_from_this());
    parser_.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    http::async_read_header(
        socket_, buffer_, parser_,
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) { self->read(error); });
  }
  void sweep(TimePoint now) override {
    if (now >= ends_) abandon();
  }
  void drain() override { abandon(); }
  void abandon() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  void read(const boost::system::error_code& error) {
    if (error) return abandon();
    const HttpRequest request = parser_.release();
    if (std::unique_ptr<HttpResponse> refusal = gateway::check_request(request)) return write(std::move(*refusal));
    if (!gateway::is_websocket_upgrade(request)) {
      return write(gateway::make_plain_response(request, http::status::upgrade_required, "WebSocket only."));
    }
    const absl::Status handshake = gateway::check_handshake(request);
    if (!handshake.ok()) return write(gateway::make_refusal(request, handshake));
    const auto key = request[http::field::sec_websocket_key];
    std::make_shared<gateway::WebSocketSession>(io_thread_, limits_, std::move(socket_),
                                                std::make_shared<EchoHandler>(), gateway::Admission::Ticket())
        ->accept({key.data(), key.size()});
  }
  void write(HttpResponse response) {
    response_ = std::move(response);
    response_.message.keep_alive(false);
    serializer_.emplace(response_.message);
    http::async_write(socket_, *serializer_,
                      [self = shared_from_this()](const boost::system::error_code&, std::size_t) { self->abandon(); });
  }

  gateway::IoThread& io_thread_;
  const gateway::WebLimits& limits_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  HttpResponse response_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
  const TimePoint ends_;
};

}  // namespace

EchoListener::EchoListener(gateway::IoThread& io_thread, const gateway::WebLimits& limits)
    : io_thread_(io_thread), limits_(limits), acceptor_(io_thread.context()) {}

boost::system::error_code EchoListener::listen(std::uint16_t port) {
  boost::system::error_code error;
  acceptor_.open(tcp::v4(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind({boost::asio::ip::address_v4::loopback(), port}, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

void EchoListener::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error) std::make_shared<Handshake>(io_thread_, limits_, std::move(socket))->start();
    accept();
  });
}

void EchoListener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace parley::test
