// A client's WebSocket for the fault runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parley::faults {

template <typename Result>
using Task = boost::asio::awaitable<Result>;

struct WebSocketTarget {
  std::uint16_t port = 0;   // of 127.0.0.1
  std::string path;         // `/ws?room=…`
  std::string subprotocol;  // empty: none
};

// Belongs to one I/O thread. One read and one write may run at a time.
class WebSocket {
 public:
  // UNAVAILABLE for whatever goes wrong, within 5 s.
  static Task<absl::StatusOr<std::unique_ptr<WebSocket>>> open(WebSocketTarget target);

  // The next message. UNAVAILABLE when the connection has ended, or nothing came for `kSilenceMax` (pings count).
  Task<absl::StatusOr<std::string>> read();
  Task<absl::Status> write(std::string frame, bool is_binary);
  // In order: a close frame first.
  Task<void> close();
  // At once; a read or write that runs ends with an error.
  void end();
  bool is_open() const { return is_open_; }

  static constexpr std::chrono::seconds kSilenceMax{12};

 private:
  using Stream = boost::beast::websocket::stream<boost::beast::tcp_stream>;
  explicit WebSocket(Stream stream) : stream_(std::move(stream)) {}

  absl::Status ended(const boost::system::error_code& error);

  Stream stream_;
  boost::beast::flat_buffer buffer_;
  bool is_open_ = true;
};

}  // namespace parley::faults
