// One WebSocket (RFC 6455) from the answer to its upgrade to its end.
#pragma once

#include <memory>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "gateway/web/queued_stream.h"
#include "gateway/web/responses.h"
#include "gateway/web/web_environment.h"

namespace parley::gateway {

// On its I/O thread. Keeps itself alive from accept() until it has ended.
class WebSocketSession final : public Session, public Transport, public std::enable_shared_from_this<WebSocketSession> {
 public:
  // $connect has let `connection` in; its $disconnect is this session's business from now on.
  WebSocketSession(WebEnvironment& environment, boost::asio::ip::tcp::socket socket,
                   std::shared_ptr<ChatConnection> connection, Admission::Ticket ticket);
  ~WebSocketSession() override;

  void accept(HttpRequest request);

  // Session
  void sweep(TimePoint now) override;
  void drain() override;
  void abandon() override;

  // Transport
  bool offer(const Frame& frame) override;
  void send(const Frame& frame) override;
  void may_read_changed() override;

 private:
  enum class Phase { kAccepting, kOpen, kClosing, kEnded };
  using CloseCode = boost::beast::websocket::close_code;

  void accepted(const boost::system::error_code& error);
  void read();
  void message_read(const boost::system::error_code& error);
  void check_silence(TimePoint now);
  void close(const boost::beast::websocket::close_reason& reason);
  void enter_closing();
  void close_when_answered();
  void end();

  WebEnvironment& environment_;
  std::shared_ptr<WebSocketSession> self_;
  const std::shared_ptr<ChatConnection> connection_;
  Admission::Ticket ticket_;
  HttpRequest request_;
  boost::beast::websocket::stream<QueuedStream> stream_;
  boost::beast::flat_buffer buffer_;
  Phase phase_ = Phase::kAccepting;
  TimePoint phase_began_;
  bool reading_ = false;
  bool receiving_ = false;  // in the midst of a message
  bool draining_ = false;
  TimePoint reading_since_;  // silence before it is not the peer's
  TimePoint pinged_for_;     // the activity after which a ping was sent
};

}  // namespace parley::gateway
