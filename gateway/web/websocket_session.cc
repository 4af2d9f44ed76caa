#include "gateway/web/websocket_session.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

namespace parley::gateway {
namespace {

// A buffer that one large message has grown is given back.
constexpr std::size_t kBufferBytesKept = 16UL * 1024;

// What a slow reader leaves unsent waits in our queue, which is bounded, rather than in the kernel's (tcp(7)).
using UnsentBytesMax = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int kUnsentBytesMax = 128 * 1024;

constexpr const char* kRestartReason = "the server restarts: reconnect";

}  // namespace

WebSocketSession::WebSocketSession(WebEnvironment& environment, boost::asio::ip::tcp::socket socket,
                                   std::shared_ptr<ChatConnection> connection, Admission::Ticket ticket)
    : environment_(environment),
      connection_(std::move(connection)),
      ticket_(std::move(ticket)),
      stream_(std::move(socket), environment.limits.send_queue_bytes_max, environment.io_thread.clock()),
      phase_began_(environment.io_thread.clock().steady_now()),
      reading_since_(phase_began_) {
  environment_.connected.insert(connection_.get());
}

WebSocketSession::~WebSocketSession() { end(); }

void WebSocketSession::accept(HttpRequest request) {
  self_ = shared_from_this();
  environment_.io_thread.add(weak_from_this());
  request_ = std::move(request);
  boost::system::error_code ignored;
  stream_.next_layer().socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  stream_.next_layer().socket().set_option(UnsentBytesMax(kUnsentBytesMax), ignored);
  stream_.read_message_max(environment_.limits.frame_bytes_max);
  const std::string_view subprotocol = connection_->format().subprotocol();
  if (!subprotocol.empty()) {
    stream_.set_option(beast::websocket::stream_base::decorator([subprotocol](beast::websocket::response_type& answer) {
      answer.set(http::field::sec_websocket_protocol, {subprotocol.data(), subprotocol.size()});
    }));
  }
  stream_.async_accept(request_,
                       [self = shared_from_this()](const boost::system::error_code& error) { self->accepted(error); });
}

void WebSocketSession::accepted(const boost::system::error_code& error) {
  request_ = {};
  if (error || phase_ != Phase::kAccepting) return end();
  phase_ = Phase::kOpen;
  // The handlers go with stop(), which end() calls: they cannot outlive the session.
  stream_.next_layer().set_events(
      {[this] { connection_->drained(); }, [this] { may_read_changed(); }, [this] { enter_closing(); }});
  environment_.connections.logger.debug("connection_opened", {{"connection_id", connection_->connection_id()},
                                                              {"room", connection_->room()},
                                                              {"subprotocol", connection_->format().subprotocol()}});
  connection_->open(*this);
  if (environment_.io_thread.draining()) drain();
  read();
}

void WebSocketSession::read() {
  const TimePoint now = environment_.io_thread.clock().steady_now();
  if (phase_ != Phase::kOpen || reading_ || draining_) return;
  if (stream_.next_layer().is_full() || !connection_->may_read(now)) return;
  reading_ = true;
  reading_since_ = now;
  stream_.async_read(buffer_, [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
    self->message_read(error);
  });
}

void WebSocketSession::message_read(const boost::system::error_code& error) {
  reading_ = false;
  if (error) return end();
  const bool is_text = stream_.got_text();
  if (phase_ == Phase::kOpen && is_text != (connection_->format().opcode() == Opcode::kText)) {
    buffer_.clear();
    return close(CloseCode::unknown_data);
  }
  receiving_ = true;
  if (phase_ == Phase::kOpen) {
    connection_->receive({static_cast<const char*>(buffer_.data().data()), buffer_.size()});
  }
  receiving_ = false;
  buffer_.clear();
  if (buffer_.capacity() > kBufferBytesKept) buffer_.shrink_to_fit();
  close_when_answered();
  read();
}

bool WebSocketSession::offer(const Frame& frame) { return phase_ == Phase::kOpen && stream_.next_layer().offer(frame); }

void WebSocketSession::send(const Frame& frame) {
  if (phase_ == Phase::kOpen) stream_.next_layer().send(frame);
}

void WebSocketSession::may_read_changed() {
  if (receiving_) return;
  close_when_answered();
  read();
}

void WebSocketSession::sweep(TimePoint now) {
  connection_->sweep(now);
  switch (phase_) {
    case Phase::kAccepting:
      if (now - phase_began_ >= environment_.limits.handshake_timeout) end();
      return;
    case Phase::kClosing:
      if (now - phase_began_ >= environment_.limits.close_timeout) end();
      return;
    case Phase::kEnded: return;
    case Phase::kOpen: break;
  }
  read();
  check_silence(now);
}

void WebSocketSession::check_silence(TimePoint now) {
  // A peer that we don't listen to cannot be heard; unless it is its own slow reading that keeps us from it.
  if (!reading_ && !stream_.next_layer().is_full()) {
    reading_since_ = now;
    return;
  }
  const TimePoint heard = std::max(stream_.next_layer().last_activity(), reading_since_);
  const auto silence = now - heard;
  if (silence >= 2 * environment_.limits.ping_interval) return end();
  if (silence < environment_.limits.ping_interval || pinged_for_ == heard) return;
  pinged_for_ = heard;
  stream_.next_layer().send(make_frame(Opcode::kPing, {}));
}

void WebSocketSession::drain() {
  draining_ = true;
  close_when_answered();
}

void WebSocketSession::close_when_answered() {
  if (draining_ && phase_ == Phase::kOpen && connection_->commands_outstanding() == 0) {
    close({CloseCode::service_restart, kRestartReason});
  }
}

void WebSocketSession::abandon() { end(); }

void WebSocketSession::close(const beast::websocket::close_reason& reason) {
  if (phase_ != Phase::kOpen) return;
  enter_closing();
  stream_.async_close(reason, [self = shared_from_this()](const boost::system::error_code&) { self->end(); });
}

// Whoever closes: for the chat the connection has ended, and the peer has a limited time to end it as well.
void WebSocketSession::enter_closing() {
  if (phase_ != Phase::kOpen) return;
  phase_ = Phase::kClosing;
  phase_began_ = environment_.io_thread.clock().steady_now();
  environment_.connected.erase(connection_.get());
  connection_->close();
}

void WebSocketSession::end() {
  if (phase_ == Phase::kEnded) return;
  phase_ = Phase::kEnded;
  environment_.connections.logger.debug("connection_closed", {{"connection_id", connection_->connection_id()}});
  environment_.connected.erase(connection_.get());
  connection_->close();
  stream_.next_layer().stop();
  ticket_ = {};
  // Operations that were cut off hold the session until they have returned; where none does, it goes with this.
  const std::shared_ptr<WebSocketSession> self = std::move(self_);
}

}  // namespace parley::gateway
