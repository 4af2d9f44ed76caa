// One WebSocket (RFC 6455) from the answer to its upgrade to its end.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/routes/socket_handler.h"
#include "gateway/routes/token_bucket.h"
#include "gateway/web/admission.h"
#include "gateway/web/io_thread.h"
#include "gateway/web/queued_socket.h"
#include "gateway/web/web_limits.h"
#include "gateway/wire/close_code.h"
#include "gateway/wire/frame_reader.h"

namespace parley::gateway {

// On its I/O thread. Keeps itself alive from accept() until it has ended. An idle one waits for its socket and holds no
// buffer: bytes are read into the thread's own, and kept here only while a frame is in parts or its turn has not come.
class WebSocketSession final : public Session,
                               public Flushable,
                               public Transport,
                               public std::enable_shared_from_this<WebSocketSession> {
 public:
  // `io_thread` and `limits` outlive the session. `handler` is let in; to close it is this session's business from now
  // on.
  WebSocketSession(IoThread& io_thread, const WebLimits& limits, ClientStream stream,
                   std::shared_ptr<SocketHandler> handler, Admission::Ticket ticket);
  ~WebSocketSession() override;

  // `key` is the Sec-WebSocket-Key of a handshake of RFC 6455, section 4.2.1. `set_cookie`: see
  // make_handshake_answer().
  void accept(std::string_view key, std::string_view set_cookie = {});

  // Session
  void sweep(TimePoint now) override;
  void drain() override;
  void abandon() override;

  // Flushable
  void flush() override;

  // Transport
  bool offer(const Frame& frame) override;
  void send(const Frame& frame) override;
  bool is_full() const override { return socket_.queue().is_full(); }
  void may_read_changed() override;

 private:
  enum class Phase {
    kOpen,
    kClosing,    // our close frame is the last of the queue
    kLingering,  // both have said that they close, and we write no more: the peer ends the connection
    kEnded,
  };

  bool may_take();
  bool is_too_fast(TimePoint now);
  void read();
  void readable(const boost::system::error_code& error);
  void take(std::span<char> bytes);
  void take(const Received& item);
  void push(const Frame& frame);
  void answer_ping(std::string_view payload);
  void wait_until_writable();
  void check_silence(TimePoint now);
  void check_pace(TimePoint now);
  void close(CloseCode code, std::string_view reason = {});
  void close_when_answered();
  void linger();
  void end();

  IoThread& io_thread_;
  const WebLimits& limits_;
  std::shared_ptr<WebSocketSession> self_;
  const std::shared_ptr<SocketHandler> handler_;
  Admission::Ticket ticket_;
  QueuedSocket socket_;
  FrameReader reader_;
  TokenBucket frames_;
  TokenBucket bytes_;
  std::string held_;                       // bytes whose turn has not come, see may_take()
  std::weak_ptr<const std::string> pong_;  // the first of some pongs, until it has left
  std::size_t pongs_ = 0;                  // that were queued with it
  Frame last_pong_;                        // where those are as many as may be: the answer to the latest ping
  Phase phase_ = Phase::kOpen;
  bool reading_ = false;         // waiting for bytes
  bool writing_ = false;         // waiting until the socket takes more
  bool answer_pending_ = false;  // will be flushed, first
  bool flush_pending_ = false;   // will be flushed
  bool receiving_ = false;       // in the midst of a message
  bool draining_ = false;
  bool is_slowed_ = false;     // sends more than it may, and is not read from
  bool peer_is_done_ = false;  // it has closed, or what it says counts no more
  TimePoint phase_began_;
  TimePoint last_activity_;  // when the peer last sent something, or was seen to read
  TimePoint reading_since_;  // silence before it is not the peer's
  TimePoint pinged_for_;     // the activity after which a ping was sent
  TimePoint amid_since_;     // when what is not whole began; later by the time in which nothing was read
  TimePoint swept_;
};

}  // namespace parley::gateway
