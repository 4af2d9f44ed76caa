// One connection from its acceptance: HTTP/1.1 (RFC 9112) requests, one after the other, until one of them becomes
// a WebSocket.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>

#include "gateway/web/client_stream.h"
#include "gateway/web/responses.h"
#include "gateway/web/web_environment.h"

namespace parley::gateway {

// On its I/O thread. Keeps itself alive while an operation is under way.
class HttpSession final : public Session, public SpareConnection, public std::enable_shared_from_this<HttpSession> {
 public:
  // `peer`: the client's address, or that of a proxy.
  HttpSession(WebEnvironment& environment, ClientStream stream, const IpAddress& peer, Admission::Ticket ticket);

  void start();
  void sweep(TimePoint now) override;
  void drain() override;
  void abandon() override;
  void make_way() override;

 private:
  enum class Phase { kIdle, kReading, kTimedOut, kConnecting, kWriting, kLingering };

  void wait_for_request();
  void read_request();
  void request_read(const boost::system::error_code& error);
  HttpResponse answer(const Site& site) const;
  // Whether the Host header is one of the site's.
  bool is_for_us() const;
  void refuse_host(bool is_upgrade);
  // Whether its client asks too often.
  absl::Status check_rate() const;
  void refuse_for_rate(const absl::Status& status, bool is_upgrade);
  void refuse_unreadable(const boost::system::error_code& error);
  void upgrade();
  // Whose request it is.
  IpAddress client() const;
  absl::Status check_upgrade() const;
  absl::StatusOr<Visitor> identify(const ConnectParameters& parameters) const;
  // Takes what is in it.
  Permissions permissions_of(Visitor& visitor) const;
  void connect(ConnectParameters parameters, Admission::Ticket ticket);
  void connected(const std::shared_ptr<ChatConnection>& connection, Admission::Ticket ticket,
                 const absl::Status& status);
  // A request that is no good.
  void count_refused(http::status status);
  void note_refusal(std::string_view reason);
  void count_timeout();
  // Answers an upgrade that is not let in.
  void refuse(const absl::Status& status);
  void write(HttpResponse response);
  void written(const boost::system::error_code& error);
  void linger();
  void read_and_drop();
  void enter(Phase phase, std::chrono::milliseconds limit);
  void time_out();
  void answer_timeout();
  void close();

  WebEnvironment& environment_;
  const bool is_encrypted_;
  ClientStream stream_;
  Admission::Ticket ticket_;
  const IpAddress peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  HttpRequest request_;
  HttpResponse response_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
  std::shared_ptr<ChatConnection> connecting_;  // in kConnecting
  std::string set_cookie_;                      // likewise: for the answer to the upgrade
  Phase phase_ = Phase::kIdle;
  SpareConnections::Entry spare_;  // but in kConnecting
  TimePoint phase_ends_;
  std::size_t lingered_bytes_ = 0;
  int refused_in_a_row_ = 0;  // for the rate
};

}  // namespace parley::gateway
