// The layer between Beast's WebSocket stream and the socket: everything that is written goes through one SendQueue.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include "absl/functional/any_invocable.h"
#include "common/clock.h"
#include "gateway/web/send_queue.h"

namespace parley::gateway {

namespace asio = boost::asio;
namespace beast = boost::beast;

// Beast reads (masks, fragments, control frames, UTF-8, limits: RFC 6455 is its business) and writes its handshake,
// pongs and close frames as if this were a socket; each of its writes is taken whole, so that it never falls between
// the parts of another frame. Our own frames go straight into the queue: see queue(). On one I/O thread.
class QueuedStream {
 public:
  using executor_type = asio::ip::tcp::socket::executor_type;
  struct Events {
    // More broadcasts fit into the queue.
    absl::AnyInvocable<void()> drained;
    // Some bytes left.
    absl::AnyInvocable<void()> progressed;
    // The close frame is on its way: no frame follows it.
    absl::AnyInvocable<void()> closing;
  };

  QueuedStream(asio::ip::tcp::socket socket, std::size_t queue_bytes_max, const Clock& clock);
  ~QueuedStream();

  executor_type get_executor() { return state_->socket.get_executor(); }
  asio::ip::tcp::socket& socket() { return state_->socket; }
  // `events` are called until stop().
  void set_events(Events events) { state_->events = std::move(events); }

  // The frames wait for the end of the current round of the I/O thread, and leave together.
  bool offer(const Frame& frame);
  void send(const Frame& frame);
  bool is_full() const { return state_->queue.is_full(); }
  // Closes the socket, drops what waits.
  void stop();
  // When the peer last sent something, or was seen to read.
  std::chrono::steady_clock::time_point last_activity() const { return state_->last_activity; }

  template <class MutableBuffers, class Handler>
  auto async_read_some(const MutableBuffers& buffers, Handler&& handler) {
    return asio::async_compose<Handler, void(beast::error_code, std::size_t)>(
        [state = state_, buffers, started = false](auto& self, beast::error_code error = {},
                                                   std::size_t count = 0) mutable {
          if (!started) {
            started = true;
            return state->socket.async_read_some(buffers, std::move(self));
          }
          if (count > 0) state->last_activity = state->clock.steady_now();
          self.complete(error, count);
        },
        handler, state_->socket);
  }

  // Done when the bytes have left. All of `buffers` is one unit.
  template <class ConstBuffers, class Handler>
  auto async_write_some(const ConstBuffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(beast::error_code, std::size_t)>(
        // The bytes are moved on; clang-tidy does not see it before the template is instantiated.
        [this](auto&& completion, std::string bytes) {  // NOLINT(performance-unnecessary-value-param)
          const std::size_t count = bytes.size();
          auto done = [completion = std::forward<decltype(completion)>(completion), count,
                       executor = get_executor()](bool written) mutable {
            const beast::error_code error = written ? beast::error_code() : asio::error::operation_aborted;
            asio::post(executor, beast::bind_front_handler(std::move(completion), error, written ? count : 0));
          };
          take(std::move(bytes), std::move(done));
        },
        handler, beast::buffers_to_string(buffers));
  }

 private:
  struct State {
    State(asio::ip::tcp::socket taken, std::size_t queue_bytes_max, const Clock& source)
        : socket(std::move(taken)), queue(queue_bytes_max), clock(source), last_activity(clock.steady_now()) {}

    asio::ip::tcp::socket socket;
    SendQueue queue;
    const Clock& clock;
    std::chrono::steady_clock::time_point last_activity;
    Events events;
    bool writing = false;  // or about to
    bool blocked = false;  // the last write was cut short
    bool handshake_done = false;
    std::vector<asio::const_buffer> buffers;
  };
  using StatePtr = std::shared_ptr<State>;  // operations under way outlive the stream

  void take(std::string bytes, SendQueue::Written done);
  static void flush_soon(const StatePtr& state);
  static void write(const StatePtr& state);
  static void fail(const StatePtr& state);

  StatePtr state_;
};

// How Beast closes what lies below it.
inline void beast_close_socket(QueuedStream& stream) { stream.stop(); }

// Beast's end of a WebSocket: the close frames have passed, so that only the socket is left to be closed.
template <class Handler>
void async_teardown(beast::role_type role, QueuedStream& stream, Handler&& handler) {
  beast::websocket::async_teardown(role, stream.socket(), std::forward<Handler>(handler));
}

}  // namespace parley::gateway
