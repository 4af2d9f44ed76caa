// A client's connection, with or without TLS: a stream that Beast reads requests from and writes answers to.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "gateway/web/tls_channel.h"

namespace parley::gateway {

// AsyncReadStream and AsyncWriteStream of Asio. On one I/O thread; outlives the operations under way.
class ClientStream {
 public:
  using Tcp = boost::asio::ip::tcp;
  using executor_type = Tcp::socket::executor_type;

  // A plain socket is such a stream.
  ClientStream(Tcp::socket socket) : socket_(std::move(socket)) {}  // NOLINT(google-explicit-constructor)
  ClientStream(Tcp::socket socket, const TlsContext& context);

  Tcp::socket& socket() { return socket_; }
  executor_type get_executor() { return socket_.get_executor(); }
  // Null without TLS, and once closed.
  TlsChannel* tls() const { return tls_.get(); }

  // Tells the peer that we write no more; what was written is still delivered.
  void end_writing();
  void close();

  // Bytes were read that nobody has asked for yet.
  bool has_unread() const { return tls_ != nullptr && tls_->has_unread(); }

  // `handler`: void(error_code), when there is something to read.
  template <class Handler>
  void async_wait_readable(Handler&& handler) {
    if (!has_unread()) return socket_.async_wait(Tcp::socket::wait_read, std::forward<Handler>(handler));
    boost::asio::post(socket_.get_executor(),
                      [handler = std::forward<Handler>(handler)]() mutable { handler(boost::system::error_code()); });
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_ == nullptr) return socket_.async_read_some(buffers, std::forward<Handler>(handler));
    attempt_until_done([this, buffers] { return read_record(first_of(buffers)); }, std::forward<Handler>(handler));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_ == nullptr) return socket_.async_write_some(buffers, std::forward<Handler>(handler));
    attempt_until_done(
        [this, buffers] {
          // The head of an answer and the begin of its body share a record.
          std::array<char, TlsChannel::kRecordBytesMax> record;
          const std::size_t count = boost::asio::buffer_copy(boost::asio::buffer(record), buffers);
          return write_record({record.data(), count});
        },
        std::forward<Handler>(handler));
  }

 private:
  using Attempted = TlsChannel::Result;

  // An attempt, repeated as often as it has to wait for the socket.
  template <class Attempt>
  struct Attempts {
    enum class Stage { kFirst, kWaiting, kDone };

    ClientStream& stream;
    Attempt attempt;
    Stage stage = Stage::kFirst;
    Attempted last{TlsChannel::Progress::kEnded, 0};

    template <class Self>
    void operator()(Self& self, boost::system::error_code error = {}) {
      if (error) return self.complete(error, 0);
      if (stage != Stage::kDone) last = attempt();
      ClientStream& target = stream;  // *this goes with self
      const bool was_first = stage == Stage::kFirst;
      stage = Stage::kWaiting;
      switch (last.progress) {
        case TlsChannel::Progress::kWantsRead:
          return target.socket_.async_wait(Tcp::socket::wait_read, std::move(self));
        case TlsChannel::Progress::kWantsWrite:
          return target.socket_.async_wait(Tcp::socket::wait_write, std::move(self));
        case TlsChannel::Progress::kDone:
        case TlsChannel::Progress::kEnded: break;
      }
      stage = Stage::kDone;
      // A handler never runs inside the call that it was given to.
      if (was_first) return boost::asio::post(target.get_executor(), std::move(self));
      if (last.progress == TlsChannel::Progress::kEnded) error = boost::asio::error::eof;
      self.complete(error, last.count);
    }
  };

  template <class Attempt, class Handler>
  void attempt_until_done(Attempt attempt, Handler&& handler) {
    boost::asio::async_compose<Handler, void(boost::system::error_code, std::size_t)>(
        Attempts<Attempt>{*this, std::move(attempt)}, handler, socket_);
  }

  template <class Buffers>
  static std::span<char> first_of(const Buffers& buffers) {
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers); ++it) {
      const boost::asio::mutable_buffer buffer(*it);
      if (buffer.size() > 0) return {static_cast<char*>(buffer.data()), buffer.size()};
    }
    return {};
  }

  Attempted read_record(std::span<char> buffer);
  Attempted write_record(std::span<const char> bytes);

  Tcp::socket socket_;
  std::unique_ptr<TlsChannel> tls_;
};

}  // namespace parley::gateway
