#include "gateway/routes/chat_connection.h"

#include <optional>

#include "common/errors.h"
#include "gateway/routes/room_feed.h"
#include "gateway/routes/tutorial_feed.h"

namespace parley::gateway {
namespace {

std::shared_ptr<Feed> make_feed(ConnectionEnvironment& environment, const WireFormat& format, Outlet& outlet,
                                const std::string& room, std::string client) {
  if (format.id() == WireFormatId::kTutorial) {
    return std::make_shared<TutorialFeed>(environment, format, outlet, room);
  }
  return std::make_shared<RoomFeed>(environment, format, outlet, std::move(client));
}

}  // namespace

ChatConnection::ChatConnection(ConnectionEnvironment& environment, ConnectParameters parameters)
    : environment_(environment),
      format_(*parameters.format),
      id_(make_id(environment.random)),
      room_(std::move(parameters.room)),
      author_(std::move(parameters.author)),
      permissions_(std::move(parameters.permissions)),
      feed_(make_feed(environment, format_, *this, room_, std::move(parameters.client))),
      subscription_(std::move(parameters.subscription)),
      trace_(parameters.trace.exists() ? parameters.trace : begin_trace(environment.random)),
      rate_(environment.limits.commands_per_second_max, environment.clock.steady_now()),
      page_bytes_(environment.limits.page_bytes_per_second_max, environment.clock.steady_now()) {}

pb::ConnectRequest ChatConnection::connect_request() const {
  pb::ConnectRequest request;
  request.set_connection_id(id_);
  request.set_gateway_id(environment_.gateway_id);
  request.set_room(room_);
  *request.mutable_author() = author_;
  return request;
}

void ChatConnection::connect(absl::AnyInvocable<void(absl::Status)> done) {
  state_ = State::kConnecting;
  ++connects_under_way_;
  connect_route()(environment_.calls, connect_request(), {environment_.executor, trace_},
                  [self = shared_from_this(), done = std::move(done)](absl::StatusOr<pb::ConnectResponse> response,
                                                                      Attempts attempts) mutable {
                    self->connect_ended(attempts);
                    if (self->state_ == State::kClosed) return;
                    if (!response.ok()) {
                      // When only the answer was lost, the row is there all the same.
                      if (!is_retryable(response.status()) && !self->may_be_stored_late_) self->state_ = State::kNew;
                      self->close();
                      return done(response.status());
                    }
                    self->state_ = State::kConnected;
                    self->author_ = response->author();
                    self->feed_->start(std::move(done));
                  });
}

void ChatConnection::connect_again(absl::AnyInvocable<void()> done) {
  if (state_ != State::kConnected) {
    if (done) done();
    return;
  }
  ++connects_under_way_;
  connect_route()(environment_.calls, connect_request(), {environment_.executor, trace_},
                  [self = shared_from_this(), asked = author_.name(), done = std::move(done)](
                      const absl::StatusOr<pb::ConnectResponse>& response, Attempts attempts) mutable {
                    if (!response.ok()) {
                      self->environment_.logger.warning(
                          "connect_again_failed",
                          {{"connection_id", self->id_}, {"reason", error_reason(response.status())}});
                    } else if (self->author_.name() == asked) {
                      // Somebody else may have taken the name meanwhile.
                      self->author_.set_name(response->author().name());
                    }
                    self->connect_ended(attempts);
                    if (done) done();
                  });
}

void ChatConnection::open(Transport& transport) {
  transport_ = &transport;
  environment_.connected.insert(this);
  environment_.logger.debug("connection_opened",
                            {{"connection_id", id_}, {"room", room_}, {"subprotocol", format_.subprotocol()}});
  pb::Push push;
  push.mutable_welcome()->set_connection_id(id_);
  *push.mutable_welcome()->mutable_author() = author_;
  push.mutable_welcome()->set_room(room_);
  push.mutable_welcome()->set_page_version(environment_.page_version);
  if (subscription_ != nullptr) push.mutable_welcome()->set_subscribe_request_id(subscription_->request_id());
  const std::optional<std::string> payload = format_.encode_push(push);
  if (payload) transport.send(make_frame(format_.opcode(), *payload));
  feed_->drained();
  feed_->writable();
  if (const auto subscription = std::exchange(subscription_, nullptr); subscription != nullptr) {
    take(DecodedCommand{absl::OkStatus(), std::move(*subscription)});
  }
}

void ChatConnection::receive(Opcode /*opcode*/, std::string_view payload) {
  if (transport_ != nullptr) take(format_.decode(payload));
}

void ChatConnection::take(DecodedCommand decoded) {
  rate_.take();
  ++outstanding_;
  const TimePoint received = environment_.clock.steady_now();
  const Route* route = decoded.status.ok() ? find_route(decoded.frame.command_case()) : nullptr;
  if (decoded.status.ok() && route == nullptr) {
    decoded.status = make_error(absl::StatusCode::kInvalidArgument, "UNKNOWN_ACTION", "no such route");
  }
  if (format_.id() == WireFormatId::kTutorial) decoded.frame.set_request_id(make_id(environment_.random));
  if (decoded.status.ok()) {
    if (format_.id() == WireFormatId::kTutorial) complete_command(decoded.frame);
    decoded.status = check_permission(permissions_, decoded.frame);
  }
  if (!decoded.status.ok()) {
    Command command;
    command.key = "unknown";
    command.request_id = decoded.frame.request_id();
    command.trace = trace_of(decoded.frame);
    command.received = received;
    return reply(std::move(command), error_reply(decoded.status));
  }
  if (route->order == RouteOrder::kAnyTime) return run(*route, std::move(decoded.frame), received);
  if (route->order == RouteOrder::kPaged) {
    pages_.push_back(Turn{route, std::move(decoded.frame), received});
    return next_pages();
  }
  if (turns_.empty() && may_begin(*route)) return begin(*route, std::move(decoded.frame), received);
  turns_.push_back(Turn{route, std::move(decoded.frame), received});
}

// The tutorial's commands name no room: it is that of the connection.
void ChatConnection::complete_command(pb::ClientFrame& frame) const {
  if (frame.has_get_messages()) {
    frame.mutable_get_messages()->set_room(room_);
    frame.mutable_get_messages()->set_page_size(environment_.limits.tutorial_history_messages_max);
  }
  if (frame.has_send_message()) frame.mutable_send_message()->set_room(room_);
}

TraceContext ChatConnection::trace_of(const pb::ClientFrame& frame) {
  std::optional<TraceContext> own;
  if (!frame.traceparent().empty()) own = parse_traceparent(frame.traceparent());
  // Any number but 0 that no other part of the trace has will do: they count on from one of chance.
  if (++trace_.span_id == 0) ++trace_.span_id;
  if (!own) return trace_;
  own->span_id = trace_.span_id;
  return *own;
}

void ChatConnection::run(const Route& route, pb::ClientFrame frame, TimePoint received) {
  const TraceContext trace = trace_of(frame);
  Command command{frame.command_case(), route.key, frame.request_id(), trace, received};
  ReplyDone done = [weak = weak_from_this(), order = route.order,
                    command = std::move(command)](pb::Reply answer) mutable {
    const std::shared_ptr<ChatConnection> self = weak.lock();
    if (self == nullptr) return;
    self->reply(std::move(command), std::move(answer));
    self->command_ended(order);
  };
  // An answer that comes at once may begin the next command within this one.
  const TraceContext* const outer = std::exchange(command_trace_, &trace);
  std::get<CommandHandler>(route.handler)(shared_from_this(), std::move(frame), std::move(done));
  command_trace_ = outer;
}

bool ChatConnection::may_begin(const Route& route) const {
  return !turn_is_taken_ && (route.order == RouteOrder::kInOrder || in_order_ == 0);
}

void ChatConnection::begin(const Route& route, pb::ClientFrame frame, TimePoint received) {
  turn_is_taken_ = route.order == RouteOrder::kInTurn;
  if (route.order == RouteOrder::kInOrder) ++in_order_;
  run(route, std::move(frame), received);
}

void ChatConnection::next_turns() {
  while (!turns_.empty() && may_begin(*turns_.front().route)) {
    Turn turn = std::move(turns_.front());
    turns_.pop_front();
    begin(*turn.route, std::move(turn.frame), turn.received);
  }
}

void ChatConnection::command_ended(RouteOrder order) {
  switch (order) {
    case RouteOrder::kAnyTime: return;
    case RouteOrder::kPaged: --pages_under_way_; return next_pages();
    case RouteOrder::kInOrder: --in_order_; return next_turns();
    case RouteOrder::kInTurn: turn_is_taken_ = false; return next_turns();
  }
}

// A page may be as large as the whole queue of the socket: one that nobody reads is not asked for.
bool ChatConnection::may_begin_page() {
  if (pages_.empty() || pages_under_way_ >= environment_.limits.pages_outstanding_max || is_full()) return false;
  const bool is_slowed = !page_bytes_.has_token(environment_.clock.steady_now());
  if (is_slowed && !is_page_slowed_) slowed("page_bytes_per_second_max");
  is_page_slowed_ = is_slowed;
  return !is_slowed;
}

// An answer that comes at once asks for the next one while this runs.
void ChatConnection::next_pages() {
  if (std::exchange(is_beginning_pages_, true)) return;
  while (may_begin_page()) {
    Turn turn = std::move(pages_.front());
    pages_.pop_front();
    ++pages_under_way_;
    run(*turn.route, std::move(turn.frame), turn.received);
  }
  is_beginning_pages_ = false;
}

void ChatConnection::reply(Command command, pb::Reply answer) {
  --outstanding_;
  note_ended(command, answer);
  if (transport_ == nullptr) return;
  answer.set_request_id(std::move(command.request_id));
  const std::optional<std::string> payload = format_.encode_reply(answer, id_);
  if (payload) {
    if (answer.has_get_messages() || answer.has_subscribe()) page_bytes_.take(payload->size());
    transport_->send(make_frame(format_.opcode(), *payload));
  }
  transport_->may_read_changed();
}

void ChatConnection::note_ended(const Command& command, const pb::Reply& answer) {
  ConnectionMetrics& metrics = environment_.metrics;
  const auto duration = environment_.clock.steady_now() - command.received;
  absl::Status status;
  if (answer.has_error()) {
    metrics.command_errors.add(answer.error().reason());
    status = make_error(find_error_code(answer.error().code()), answer.error().reason(), "");
  }
  if (command.kind != pb::ClientFrame::COMMAND_NOT_SET) metrics.commands.record(command.kind, duration);
  if (answer.has_send_message()) metrics.messages.add();
  environment_.requests.ended("command_ended", command.key, command.trace, duration, status,
                              {{"request_id", command.request_id}, {"connection_id", id_}, {"room", room_}});
}

void ChatConnection::page_changed(const PageNotice& notice) {
  const Frame& frame = notice.frames[static_cast<std::size_t>(format_.id())];
  if (frame == nullptr) return;
  // In turn with the broadcasts, so that telling thousands keeps no answer waiting; whoever reads slowly gets it too.
  if (!offer(frame)) send(frame);
}

void ChatConnection::drained() { feed_->drained(); }

void ChatConnection::writable() {
  feed_->writable();
  next_pages();
}

void ChatConnection::sweep(TimePoint now) {
  feed_->sweep(now);
  next_pages();
}

void ChatConnection::slowed(std::string_view limit) {
  environment_.metrics.slowed.add(limit);
  environment_.logger.debug("connection_slowed", {{"connection_id", id_}, {"limit", limit}});
}

bool ChatConnection::may_read(TimePoint now) {
  const bool are_many = outstanding_ >= environment_.limits.commands_outstanding_max;
  const Pace before = std::exchange(pace_, are_many               ? Pace::kTooMany
                                           : rate_.has_token(now) ? Pace::kFree
                                                                  : Pace::kTooFast);
  if (pace_ == Pace::kTooMany && before != pace_) slowed("commands_outstanding_max");
  if (pace_ == Pace::kTooFast && before != pace_) slowed("commands_per_second_max");
  return pace_ == Pace::kFree;
}

void ChatConnection::close() {
  if (state_ == State::kClosed) return;
  const bool stored = state_ != State::kNew;
  state_ = State::kClosed;
  environment_.connected.erase(this);
  if (transport_ != nullptr) environment_.logger.debug("connection_closed", {{"connection_id", id_}});
  transport_ = nullptr;
  pages_.clear();
  feed_->stop();
  if (stored) depart();
}

void ChatConnection::connect_ended(Attempts attempts) {
  --connects_under_way_;
  if (attempts == Attempts::kSomeUnanswered) may_be_stored_late_ = true;
  if (state_ == State::kClosed) depart();
}

// A Disconnect that overtakes a Connect would leave the row behind for as long as this gateway lives.
void ChatConnection::depart() {
  if (connects_under_way_ > 0) return;
  environment_.departures.add(id_, room_, may_be_stored_late_ ? environment_.gateway_id : std::string());
}

bool ChatConnection::offer(const Frame& frame) { return transport_ != nullptr && transport_->offer(frame); }

void ChatConnection::send(const Frame& frame) {
  if (transport_ != nullptr) transport_->send(frame);
}

}  // namespace parley::gateway
