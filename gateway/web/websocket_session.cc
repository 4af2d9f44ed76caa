#include "gateway/web/websocket_session.h"

#include <algorithm>
#include <utility>

#include "gateway/web/handshake.h"

namespace parley::gateway {
namespace {

using Tcp = boost::asio::ip::tcp;

// Pongs that are queued at once. A ping of no bytes is answered with two, which take up far more while they wait: they
// are few, or the queue's limit of bytes would not hold.
constexpr std::size_t kPongsMax = 16;
constexpr std::string_view kExpiredReason = "the token counts no longer: come again with a new one";
constexpr std::string_view kRestartReason = "the server restarts: reconnect";
constexpr std::string_view kTooSlowReason = "a message took too long to arrive";

// RFC 6455, section 5.5.1.
Frame make_close_frame(CloseCode code, std::string_view reason) {
  if (code == CloseCode::kNone) return make_frame(Opcode::kClose, {});
  const auto number = static_cast<std::uint16_t>(code);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  return make_frame(Opcode::kClose, payload.append(reason));
}

}  // namespace

WebSocketSession::WebSocketSession(IoThread& io_thread, const WebLimits& limits, ClientStream stream,
                                   std::shared_ptr<SocketHandler> handler, Admission::Ticket ticket)
    : io_thread_(io_thread),
      limits_(limits),
      handler_(std::move(handler)),
      ticket_(std::move(ticket)),
      socket_(std::move(stream), limits.send_queue_bytes_max),
      reader_(limits.frame_bytes_max),
      frames_(limits.frames_per_second_max, io_thread.clock().steady_now()),
      bytes_(limits.bytes_per_second_max, io_thread.clock().steady_now()),
      phase_began_(io_thread.clock().steady_now()),
      last_activity_(phase_began_),
      reading_since_(phase_began_),
      amid_since_(phase_began_),
      swept_(phase_began_) {}

WebSocketSession::~WebSocketSession() { end(); }

void WebSocketSession::accept(std::string_view key, std::string_view set_cookie) {
  self_ = shared_from_this();
  io_thread_.add(weak_from_this());
  push(std::make_shared<const std::string>(make_handshake_answer(key, handler_->subprotocol(), set_cookie)));
  io_thread_.socket_metrics().opened.add();
  handler_->open(*this);
  if (io_thread_.draining()) drain();
  read();
}

bool WebSocketSession::may_take() {
  if (phase_ != Phase::kOpen) return true;
  if (draining_ || socket_.queue().is_full()) return false;
  const TimePoint now = io_thread_.clock().steady_now();
  return !is_too_fast(now) && handler_->may_read(now);
}

// Control frames and parts of messages count like any frame. What was read at once may be more than there were tokens
// for; the pause is longer by that.
bool WebSocketSession::is_too_fast(TimePoint now) {
  const bool few_frames = frames_.has_token(now);
  const bool is_slowed = !few_frames || !bytes_.has_token(now);
  if (is_slowed && !is_slowed_) handler_->slowed(few_frames ? "bytes_per_second_max" : "frames_per_second_max");
  is_slowed_ = is_slowed;
  return is_slowed;
}

void WebSocketSession::read() {
  if (phase_ == Phase::kEnded || reading_ || receiving_ || !may_take()) return;
  if (!held_.empty()) {
    std::string bytes = std::exchange(held_, {});
    return take(bytes);
  }
  reading_ = true;
  reading_since_ = io_thread_.clock().steady_now();
  socket_.socket().async_wait(
      Tcp::socket::wait_read,
      [self = shared_from_this()](const boost::system::error_code& error) { self->readable(error); });
}

void WebSocketSession::readable(const boost::system::error_code& error) {
  reading_ = false;
  if (phase_ == Phase::kEnded) return;
  if (error) return end();
  const std::span<char> buffer = io_thread_.scratch();
  const auto [progress, count] = socket_.read(buffer);
  if (progress == QueuedSocket::Progress::kEnded) return end();
  if (count > 0) last_activity_ = io_thread_.clock().steady_now();
  bytes_.take(count);
  // Once both have closed, the peer has nothing to say but its end.
  take(peer_is_done_ ? std::span<char>() : buffer.first(count));
}

// Handles one item after the other; what must wait is held.
void WebSocketSession::take(std::span<char> bytes) {
  const std::shared_ptr<WebSocketSession> self = shared_from_this();
  while (!bytes.empty() && !peer_is_done_ && phase_ != Phase::kEnded) {
    if (!may_take()) {
      held_.assign(bytes.begin(), bytes.end());
      return;
    }
    receiving_ = true;
    if (!reader_.is_amid()) amid_since_ = last_activity_;
    const Received item = reader_.next(bytes);
    frames_.take(reader_.take_frame_count());
    take(item);
    receiving_ = false;
  }
  close_when_answered();
  read();
}

void WebSocketSession::take(const Received& item) {
  const bool is_open = phase_ == Phase::kOpen;
  switch (item.kind) {
    case Received::Kind::kNothing:
    case Received::Kind::kPong: return;
    case Received::Kind::kMessage:
      if (!is_open) return;
      if (!handler_->takes(item.opcode)) return close(CloseCode::kUnsupportedData);
      return handler_->receive(item.opcode, item.payload);
    case Received::Kind::kPing:
      if (is_open) answer_ping(item.payload);
      return;
    case Received::Kind::kClose:
    case Received::Kind::kError:
      peer_is_done_ = true;
      if (is_open) return close(item.code);
      if (socket_.queue().empty()) linger();
      return;
  }
}

bool WebSocketSession::offer(const Frame& frame) {
  if (phase_ != Phase::kOpen || !socket_.queue().offer(frame)) return false;
  if (!flush_pending_ && !writing_) {
    flush_pending_ = true;
    io_thread_.flush_soon(shared_from_this());
  }
  return true;
}

void WebSocketSession::send(const Frame& frame) {
  if (phase_ == Phase::kOpen) push(frame);
}

void WebSocketSession::push(const Frame& frame) {
  socket_.queue().push(frame);
  if (answer_pending_ || writing_) return;
  answer_pending_ = true;
  io_thread_.flush_first(shared_from_this());
}

// RFC 6455, section 5.5.3: where pings come before earlier ones are answered, an answer to the latest will do.
void WebSocketSession::answer_ping(std::string_view payload) {
  Frame pong = make_frame(Opcode::kPong, payload);
  if (pong_.expired()) {
    pong_ = pong;
    pongs_ = 0;
  }
  if (pongs_ >= kPongsMax) {
    last_pong_ = std::move(pong);
    return;
  }
  ++pongs_;
  push(pong);
}

void WebSocketSession::flush() {
  flush_pending_ = false;
  answer_pending_ = false;
  if (phase_ == Phase::kEnded) return;
  const bool was_full = socket_.queue().is_full();
  const QueuedSocket::Progress progress = socket_.flush();
  if (progress == QueuedSocket::Progress::kEnded) return end();
  if (progress == QueuedSocket::Progress::kBlocked) wait_until_writable();
  if (last_pong_ != nullptr && pong_.expired() && phase_ == Phase::kOpen) {
    pong_ = last_pong_;
    pongs_ = 1;
    push(std::exchange(last_pong_, nullptr));
  }
  if (socket_.queue().take_drained()) handler_->drained();
  if (was_full && !socket_.queue().is_full()) handler_->writable();
  if (phase_ == Phase::kClosing && peer_is_done_ && socket_.queue().empty()) linger();
  may_read_changed();
}

void WebSocketSession::wait_until_writable() {
  writing_ = true;
  socket_.socket().async_wait(Tcp::socket::wait_write,
                              [self = shared_from_this()](const boost::system::error_code& error) {
                                self->writing_ = false;
                                if (error) return self->end();
                                // Bytes that the kernel takes at once say nothing about the peer; that it has room
                                // again does.
                                self->last_activity_ = self->io_thread_.clock().steady_now();
                                self->flush();
                              });
}

void WebSocketSession::may_read_changed() {
  if (receiving_) return;
  close_when_answered();
  read();
}

void WebSocketSession::sweep(TimePoint now) {
  if (phase_ == Phase::kEnded) return;
  if (phase_ != Phase::kOpen) {
    if (now - phase_began_ >= limits_.close_timeout) end();
    return;
  }
  io_thread_.socket_metrics().add_queue(socket_.queue().bytes(), socket_.queue().is_full());
  if (handler_->has_expired(now)) return close(CloseCode::kTokenExpired, kExpiredReason);
  handler_->sweep(now);
  read();
  check_silence(now);
  check_pace(now);
}

// One time limit for a whole message, however its bytes trickle. While we don't read, it is not the peer that is slow.
void WebSocketSession::check_pace(TimePoint now) {
  if (!reading_) amid_since_ += now - swept_;
  swept_ = now;
  if (reader_.is_amid() && now - amid_since_ >= limits_.message_timeout) {
    close(CloseCode::kPolicyViolation, kTooSlowReason);
  }
}

void WebSocketSession::check_silence(TimePoint now) {
  // A peer that we don't listen to cannot be heard; unless it is its own slow reading that keeps us from it.
  if (!reading_ && !socket_.queue().is_full()) {
    reading_since_ = now;
    return;
  }
  const TimePoint heard = std::max(last_activity_, reading_since_);
  const auto silence = now - heard;
  if (silence >= 2 * limits_.ping_interval) return end();
  if (silence < limits_.ping_interval || pinged_for_ == heard) return;
  pinged_for_ = heard;
  push(make_frame(Opcode::kPing, {}));
}

void WebSocketSession::drain() {
  draining_ = true;
  close_when_answered();
}

void WebSocketSession::close_when_answered() {
  if (draining_ && phase_ == Phase::kOpen && handler_->commands_outstanding() == 0) {
    close(CloseCode::kServiceRestart, kRestartReason);
  }
}

void WebSocketSession::abandon() { end(); }

// Whoever closes: for the chat the connection has ended, and the peer has a limited time to end it as well.
void WebSocketSession::close(CloseCode code, std::string_view reason) {
  if (phase_ != Phase::kOpen) return;
  phase_ = Phase::kClosing;
  io_thread_.socket_metrics().note_closed(code);
  phase_began_ = io_thread_.clock().steady_now();
  push(make_close_frame(code, reason));
  socket_.queue().finish();
  handler_->close();
  if (!receiving_) read();
}

// Closing at once would reset the connection, and with it our last frame, while the peer still sends.
void WebSocketSession::linger() {
  if (phase_ != Phase::kClosing) return;
  phase_ = Phase::kLingering;
  socket_.end_writing();
}

void WebSocketSession::end() {
  if (phase_ == Phase::kEnded) return;
  if (phase_ == Phase::kOpen && self_ != nullptr) io_thread_.socket_metrics().note_cut();
  phase_ = Phase::kEnded;
  handler_->close();
  socket_.close();
  ticket_ = {};
  // Operations that were cut off hold the session until they have returned; where none does, it goes with this.
  const std::shared_ptr<WebSocketSession> self = std::move(self_);
}

}  // namespace parley::gateway
