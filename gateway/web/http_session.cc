#include "gateway/web/http_session.h"

#include <utility>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "absl/time/time.h"
#include "common/errors.h"
#include "gateway/web/handshake.h"
#include "gateway/web/https_redirect.h"
#include "gateway/web/upgrade_request.h"
#include "gateway/web/websocket_session.h"

namespace parley::gateway {
namespace {

namespace beast = boost::beast;

constexpr std::chrono::milliseconds kLingerTime(1'000);
constexpr char kDateFormat[] = "%a, %d %b %Y %H:%M:%S GMT";  // RFC 9110, section 5.6.7
constexpr std::size_t kLingerBytesMax = 256UL * 1024;
constexpr int kRefusedInARowMax = 10;

std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view beast_view(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

HttpSession::HttpSession(WebEnvironment& environment, ClientStream stream, const IpAddress& peer,
                         Admission::Ticket ticket)
    : environment_(environment),
      is_encrypted_(stream.tls() != nullptr),
      stream_(std::move(stream)),
      ticket_(std::move(ticket)),
      peer_(peer),
      buffer_(environment.limits.header_bytes_max * 2) {}

void HttpSession::start() {
  environment_.io_thread.add(weak_from_this());
  spare_ = environment_.spares.add(SpareConnections::Kind::kNew, *this);
  enter(Phase::kReading, environment_.limits.handshake_timeout);
  read_request();
}

void HttpSession::wait_for_request() {
  if (environment_.io_thread.draining()) return close();
  spare_ = environment_.spares.add(SpareConnections::Kind::kIdle, *this);
  if (buffer_.size() > 0) {
    enter(Phase::kReading, environment_.limits.handshake_timeout);
    return read_request();
  }
  enter(Phase::kIdle, environment_.limits.keep_alive_timeout);
  stream_.async_wait_readable([self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return self->close();
    // It is the one that has been idle for the shortest time.
    self->spare_ = self->environment_.spares.add(SpareConnections::Kind::kIdle, *self);
    self->enter(Phase::kReading, self->environment_.limits.handshake_timeout);
    self->read_request();
  });
}

void HttpSession::read_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(environment_.limits.header_bytes_max));
  // A body is refused by its headers, see check_request.
  parser_->body_limit(boost::none);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t) { self->request_read(error); });
}

void HttpSession::request_read(const boost::system::error_code& error) {
  if (error) return refuse_unreadable(error);
  request_ = parser_->release();
  const bool websocket = target_path(std_view(request_.target())) == "/ws" && is_websocket_upgrade(request_) &&
                         (is_encrypted_ || !environment_.https.is_on());
  if (const absl::Status slow_enough = check_rate(); !slow_enough.ok()) return refuse_for_rate(slow_enough, websocket);
  refused_in_a_row_ = 0;
  if (std::unique_ptr<HttpResponse> refusal = check_request(request_)) {
    count_refused(refusal->message.result());
    return write(std::move(*refusal));
  }
  if (!is_for_us()) return refuse_host(websocket);
  if (websocket) return upgrade();
  std::shared_ptr<const Site> site = environment_.site.get();
  HttpResponse response = answer(*site);
  response.site = std::move(site);
  write(std::move(response));
}

// A probe's answer costs no more than a refusal, and whoever watches the gateway must not be told that it is down. What
// a proxy asks for itself is of no client.
absl::Status HttpSession::check_rate() const {
  if (is_probe_path(target_path(std_view(request_.target())))) return absl::OkStatus();
  const IpAddress whose = client();
  if (whose == peer_ && environment_.proxies.ranges.contain(peer_)) return absl::OkStatus();
  return environment_.admission.take_request(Admission::Client::of(whose));
}

// The connection stays: a new one would cost more. Whoever goes on all the same is not heeding the answers.
void HttpSession::refuse_for_rate(const absl::Status& status, bool is_upgrade) {
  note_refusal(refusal_reason(status));
  HttpResponse response = is_upgrade ? make_refusal(request_, status) : make_too_many_requests(request_);
  if (++refused_in_a_row_ > kRefusedInARowMax) response.message.keep_alive(false);
  write(std::move(response));
}

// Probes tell nothing that is anybody's, and come by any name. A name that leads here only for the moment has no
// certificate, so that with TLS only what is listed counts. Without a Host header it is not a browser.
bool HttpSession::is_for_us() const {
  const SiteNames& names = environment_.names;
  const bool is_tls = is_encrypted_ || environment_.https.is_on();
  if (request_.count(http::field::host) == 0 || is_probe_path(target_path(std_view(request_.target())))) return true;
  if (names.policy == HostPolicy::kLoopback && is_tls) return true;
  return is_host_allowed(std_view(request_[http::field::host]), names.policy, names.hosts);
}

// RFC 9110, section 15.5.20.
void HttpSession::refuse_host(bool is_upgrade) {
  constexpr std::string_view kSentence =
      "This gateway is not reached by that name. Its setting `hosts` lists the names by which it is.";
  if (is_upgrade) return refuse(make_error(absl::StatusCode::kPermissionDenied, "HOST_NOT_ALLOWED", kSentence));
  note_refusal("HOST_NOT_ALLOWED");
  write(make_plain_response(request_, http::status::misdirected_request, kSentence));
}

// Without TLS, where there is TLS, only probes are answered.
HttpResponse HttpSession::answer(const Site& site) const {
  const bool belongs_here =
      is_encrypted_ || !environment_.https.is_on() || is_probe_path(target_path(std_view(request_.target())));
  if (!belongs_here) return make_https_redirect(request_, environment_.https);
  return respond(request_, site, environment_.readiness);
}

void HttpSession::refuse_unreadable(const boost::system::error_code& error) {
  if (phase_ == Phase::kTimedOut) return answer_timeout();
  const bool too_large = error == http::error::header_limit || error == http::error::buffer_overflow;
  const bool malformed = error.category() == http::make_error_code(http::error::bad_method).category() &&
                         error != http::error::end_of_stream && error != http::error::partial_message;
  if (!too_large && !malformed) return close();
  request_ = {};
  count_refused(too_large ? http::status::request_header_fields_too_large : http::status::bad_request);
  if (too_large) return write(make_too_large_response(std_view(parser_->get().target())));
  HttpResponse response = make_plain_response(request_, http::status::bad_request, "That is not an HTTP/1.1 request.");
  response.message.keep_alive(false);
  write(std::move(response));
}

absl::Status HttpSession::check_upgrade() const {
  if (absl::Status handshake = check_handshake(request_); !handshake.ok()) return handshake;
  if (buffer_.size() > 0 || stream_.has_unread()) {
    return make_error(absl::StatusCode::kInvalidArgument, "HANDSHAKE_INVALID", "nothing may be sent before the answer");
  }
  const auto origin = request_.find(http::field::origin);
  if (origin != request_.end() &&
      !is_origin_allowed(
          std_view(origin->value()), std_view(request_[http::field::host]), environment_.allowed_origins,
          is_encrypted_ || environment_.names.is_tls_in_front ? SocketSecurity::kTls : SocketSecurity::kPlain)) {
    return make_error(absl::StatusCode::kPermissionDenied, "ORIGIN_NOT_ALLOWED",
                      "pages of this origin may not connect here");
  }
  return absl::OkStatus();
}

void HttpSession::upgrade() {
  const absl::Status allowed = check_upgrade();
  if (!allowed.ok()) return refuse(allowed);
  absl::StatusOr<ConnectParameters> parameters = parse_connect(
      target_query(std_view(request_.target())), list_field(request_, http::field::sec_websocket_protocol));
  if (!parameters.ok()) return refuse(parameters.status());
  parameters->trace = parse_traceparent(std_view(request_[beast_view(kTraceparent)])).value_or(TraceContext());
  // What would be refused for good is not told to try again.
  const absl::Status ready = environment_.readiness();
  if (!ready.ok()) return refuse(ready);
  const IpAddress whose = client();
  parameters->client = client_key(whose);
  absl::StatusOr<Admission::Ticket> ticket = environment_.admission.enter(Admission::Client::of(whose));
  if (!ticket.ok()) return refuse(ticket.status());
  absl::StatusOr<Visitor> visitor = identify(*parameters);
  if (!visitor.ok()) return refuse(visitor.status());
  set_cookie_ = std::move(visitor->set_cookie);
  parameters->author.set_author_id(std::move(visitor->author_id));
  parameters->author.set_name(std::move(visitor->name));
  parameters->permissions = permissions_of(*visitor);
  if (const absl::Status allowed_room = check_room_permission(parameters->permissions, parameters->room);
      !allowed_room.ok()) {
    return refuse(allowed_room);
  }
  connect(*std::move(parameters), *std::move(ticket));
}

absl::StatusOr<Visitor> HttpSession::identify(const ConnectParameters& parameters) const {
  const std::string subprotocols = list_field(request_, http::field::sec_websocket_protocol);
  const std::optional<HostHeader> host = parse_host(std_view(request_[http::field::host]));
  return environment_.identity->identify(
      {.cookies = std_view(request_[http::field::cookie]),
       .authorization = std_view(request_[http::field::authorization]),
       .subprotocols = subprotocols,
       .claimed_author_id = parameters.author.author_id(),
       .wanted_name = parameters.author.name(),
       .port = host ? host->port : std::uint16_t{0},
       .security = is_encrypted_ ? TransportSecurity::kTls : TransportSecurity::kPlain});
}

Permissions HttpSession::permissions_of(Visitor& visitor) const {
  Permissions permissions{.may_rename = !visitor.is_name_fixed,
                          .rooms = std::move(visitor.rooms),
                          .expire_time = {},
                          .withdrawn = std::move(visitor.withdrawn)};
  if (!visitor.expire_time) return permissions;
  // How long from now: what happens to the time of day later makes no difference.
  const Clock& clock = environment_.io_thread.clock();
  permissions.expire_time = clock.steady_now() + (*visitor.expire_time - clock.system_now());
  return permissions;
}

IpAddress HttpSession::client() const {
  const TrustedProxies& proxies = environment_.proxies;
  if (proxies.ranges.empty()) return peer_;
  const std::string_view name = proxies.header == ForwardedHeader::kForwarded ? "Forwarded" : "X-Forwarded-For";
  return client_address(peer_, list_field(request_, name), proxies.header, proxies.ranges);
}

void HttpSession::connect(ConnectParameters parameters, Admission::Ticket ticket) {
  // $connect has its own deadline.
  spare_ = {};
  enter(Phase::kConnecting, std::chrono::milliseconds::max());
  const auto connection = std::make_shared<ChatConnection>(environment_.connections, std::move(parameters));
  connecting_ = connection;
  connection->connect([self = shared_from_this(), connection, ticket = std::move(ticket),
                       leases = environment_.leases](const absl::Status& status) mutable {
    if (status.ok() && leases != self->environment_.leases) connection->connect_again(nullptr);
    self->connected(connection, std::move(ticket), status);
  });
}

void HttpSession::connected(const std::shared_ptr<ChatConnection>& connection, Admission::Ticket ticket,
                            const absl::Status& status) {
  connecting_ = nullptr;
  if (!status.ok()) {
    connection->close();
    return refuse(status);
  }
  const auto session = std::make_shared<WebSocketSession>(environment_.io_thread, environment_.limits,
                                                          std::move(stream_), connection, std::move(ticket));
  ticket_ = {};
  session->accept(std_view(request_[http::field::sec_websocket_key]), set_cookie_);
}

void HttpSession::refuse(const absl::Status& status) {
  note_refusal(refusal_reason(status));
  write(make_refusal(request_, status));
}

void HttpSession::note_refusal(std::string_view reason) {
  environment_.connections.logger.debug("connection_refused", {{"reason", reason}});
  environment_.connections.metrics.refusals.add(reason);
}

void HttpSession::count_refused(http::status status) {
  NamedCounters& refusals = environment_.connections.metrics.refusals;
  switch (status) {
    case http::status::method_not_allowed: return refusals.add("HTTP_METHOD_UNKNOWN");
    case http::status::uri_too_long:
    case http::status::request_header_fields_too_large: return refusals.add("HTTP_REQUEST_TOO_LARGE");
    default: return refusals.add("HTTP_REQUEST_INVALID");
  }
}

void HttpSession::count_timeout() {
  NamedCounters& timeouts = environment_.connections.metrics.timeouts;
  if (phase_ == Phase::kReading) timeouts.add("handshake_timeout_ms");
  if (phase_ == Phase::kIdle) timeouts.add("keep_alive_timeout_ms");
  if (phase_ == Phase::kWriting || phase_ == Phase::kTimedOut) timeouts.add("response_timeout_ms");
}

void HttpSession::write(HttpResponse response) {
  spare_ = environment_.spares.add(SpareConnections::Kind::kTaking, *this);
  enter(Phase::kWriting, environment_.limits.response_timeout);
  response_ = std::move(response);
  const absl::Time now = absl::FromChrono(environment_.io_thread.clock().system_now());
  response_.message.set(http::field::date, absl::FormatTime(kDateFormat, now, absl::UTCTimeZone()));
  if (environment_.io_thread.draining()) response_.message.keep_alive(false);
  if (is_encrypted_) set_transport_security(response_, environment_.https.hsts_max_age);
  serializer_.emplace(response_.message);
  http::async_write(
      stream_, *serializer_,
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t) { self->written(error); });
}

void HttpSession::written(const boost::system::error_code& error) {
  const bool keep_alive = response_.message.keep_alive();
  serializer_.reset();
  response_ = {};
  if (error) return close();
  keep_alive ? wait_for_request() : linger();
}

// Closing at once would reset the connection, and with it the answer, while the client still sends.
void HttpSession::linger() {
  stream_.end_writing();
  spare_ = environment_.spares.add(SpareConnections::Kind::kIdle, *this);
  enter(Phase::kLingering, kLingerTime);
  buffer_.clear();
  read_and_drop();
}

void HttpSession::read_and_drop() {
  stream_.async_read_some(buffer_.prepare(buffer_.max_size()),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
                            self->lingered_bytes_ += count;
                            if (error || self->lingered_bytes_ > kLingerBytesMax) return self->close();
                            self->read_and_drop();
                          });
}

void HttpSession::enter(Phase phase, std::chrono::milliseconds limit) {
  phase_ = phase;
  phase_ends_ = limit == std::chrono::milliseconds::max() ? TimePoint::max()
                                                          : environment_.io_thread.clock().steady_now() + limit;
}

void HttpSession::sweep(TimePoint now) {
  if (const std::shared_ptr<ChatConnection> connecting = connecting_) connecting->sweep(now);
  if (now >= phase_ends_ && stream_.socket().is_open()) time_out();
}

// A request that began is answered, which needs the reading of it to end first. Of one that did not begin nobody waits
// for an answer.
void HttpSession::time_out() {
  count_timeout();
  if (phase_ == Phase::kReading) environment_.connections.metrics.refusals.add("REQUEST_TIMEOUT");
  const bool has_begun = buffer_.size() > 0 || (parser_ && parser_->got_some());
  if (phase_ != Phase::kReading || !has_begun) return close();
  enter(Phase::kTimedOut, environment_.limits.response_timeout);
  boost::system::error_code ignored;
  stream_.socket().cancel(ignored);
}

// RFC 9110, section 15.5.9.
void HttpSession::answer_timeout() {
  request_ = {};
  HttpResponse response =
      make_plain_response(request_, http::status::request_timeout, "The request took too long to arrive.");
  response.message.keep_alive(false);
  write(std::move(response));
}

void HttpSession::drain() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kReading) close();
}

void HttpSession::abandon() {
  if (const std::shared_ptr<ChatConnection> connecting = std::move(connecting_)) connecting->close();
  close();
}

void HttpSession::make_way() {
  ticket_ = {};
  close();
}

void HttpSession::close() {
  spare_ = {};
  stream_.close();
}

}  // namespace parley::gateway
