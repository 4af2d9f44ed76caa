#include "tests/faults/web_socket.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>

namespace parley::faults {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr auto kOutcome = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kOpenMax{5};
constexpr std::size_t kMessageBytesMax = 8U << 20U;

websocket::stream_base::timeout timeouts() {
  websocket::stream_base::timeout timeout{};
  timeout.handshake_timeout = kOpenMax;
  timeout.idle_timeout = WebSocket::kSilenceMax;
  timeout.keep_alive_pings = true;
  return timeout;
}

}  // namespace

absl::Status WebSocket::ended(const boost::system::error_code& error) {
  end();
  return absl::UnavailableError(error.message());
}

Task<absl::StatusOr<std::unique_ptr<WebSocket>>> WebSocket::open(WebSocketTarget target) {
  Stream stream(co_await asio::this_coro::executor);
  beast::tcp_stream& connection = beast::get_lowest_layer(stream);
  connection.expires_after(kOpenMax);
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), target.port);
  if (const auto [error] = co_await connection.async_connect(endpoint, kOutcome); error) {
    co_return absl::UnavailableError(error.message());
  }
  connection.socket().set_option(asio::ip::tcp::no_delay(true));
  connection.expires_never();
  stream.set_option(timeouts());
  stream.read_message_max(kMessageBytesMax);
  if (!target.subprotocol.empty()) {
    stream.set_option(websocket::stream_base::decorator([&target](websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol, target.subprotocol);
    }));
  }
  websocket::response_type response;
  const auto [error] = co_await stream.async_handshake(response, "127.0.0.1", target.path, kOutcome);
  if (error) co_return absl::UnavailableError(absl::StrCat(error.message(), ", HTTP ", response.result_int()));
  co_return std::unique_ptr<WebSocket>(new WebSocket(std::move(stream)));
}

Task<absl::StatusOr<std::string>> WebSocket::read() {
  if (!is_open_) co_return absl::UnavailableError("closed");
  buffer_.clear();
  const auto [error, size] = co_await stream_.async_read(buffer_, kOutcome);
  if (error) co_return ended(error);
  co_return beast::buffers_to_string(buffer_.data());
}

Task<absl::Status> WebSocket::write(std::string frame, bool is_binary) {
  if (!is_open_) co_return absl::UnavailableError("closed");
  stream_.binary(is_binary);
  const auto [error, size] = co_await stream_.async_write(asio::buffer(frame), kOutcome);
  if (error) co_return ended(error);
  co_return absl::OkStatus();
}

Task<void> WebSocket::close() {
  if (!is_open_) co_return;
  is_open_ = false;
  co_await stream_.async_close(websocket::close_code::normal, kOutcome);
}

void WebSocket::end() {
  is_open_ = false;
  beast::get_lowest_layer(stream_).close();
}

}  // namespace parley::faults
