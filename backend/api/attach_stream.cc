#include "backend/api/attach_stream.h"

#include <optional>
#include <utility>

#include "backend/chat/validation.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

// About 2.5 ms of a gigabit: what comes meanwhile makes the next batch.
constexpr std::size_t kBatchBytesMax = 64UL * 1024;

absl::Status hello_required(std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, "HELLO_REQUIRED", message);
}

}  // namespace

grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>* AttachStream::start(
    StreamEnvironment& environment, const absl::StatusOr<CallCaller>& caller, ChatRooms& chat,
    const AttachOptions& options, const Logger& logger) {
  const auto stream = std::make_shared<AttachStream>(environment, chat, options, logger);
  if (stream->open(stream, caller)) stream->read();
  return stream.get();
}

void AttachStream::read() {
  const std::scoped_lock lock(mutex());
  if (!is_finished() && !final_.has_value()) StartRead(&request_);
}

void AttachStream::OnReadDone(bool ok) {
  if (!ok) return end(absl::OkStatus());
  // The next command is read when hello is answered, perhaps before take() has returned.
  const bool is_hello = request_.command_case() == pb::AttachRequest::kHello;
  if (absl::Status taken = take(request_); !taken.ok()) return end(std::move(taken));
  if (!is_hello) read();
}

absl::Status AttachStream::take(const pb::AttachRequest& request) {
  if (request.command_case() == pb::AttachRequest::kHello) return take_hello(request.hello());
  if (gateway_id_.empty()) return hello_required("the first command must be a hello");
  switch (request.command_case()) {
    case pb::AttachRequest::kJoin: return take_join(request.join());
    case pb::AttachRequest::kLeave: chat_.hub().leave(subscription_, request.leave()); return absl::OkStatus();
    case pb::AttachRequest::kHeartbeat: take_heartbeat(); return absl::OkStatus();
    default: return absl::OkStatus();  // a command of a newer gateway
  }
}

absl::Status AttachStream::take_hello(const pb::AttachHello& hello) {
  if (!gateway_id_.empty()) return hello_required("hello comes once");
  if (absl::Status checked = check_gateway_id(hello.gateway_id()); !checked.ok()) return checked;
  gateway_id_ = hello.gateway_id();
  const std::weak_ptr<OutgoingStream> weak = weak_from_this();
  const auto subscription = std::make_shared<Subscription>(
      options_.events_max, OverflowPolicy::kBeginAnew,
      [weak] {
        if (const auto held = weak.lock()) held->pump();
      },
      &notes().metrics.overflows);
  {
    const std::scoped_lock lock(mutex());
    subscription_ = subscription;
    takes_batches_ = hello.takes_batches();
  }
  chat_.take_lease(gateway_id_, [weak](const absl::StatusOr<LeaseState>& lease) {
    if (const auto held = weak.lock()) static_cast<AttachStream&>(*held).on_lease(lease);
  });
  return absl::OkStatus();
}

void AttachStream::on_lease(const absl::StatusOr<LeaseState>& lease) {
  if (!lease.ok()) return end(lease.status());
  lease_number_ = lease->lease_number;
  logger_.info("gateway_attached", {{"gateway_id", gateway_id_}, {"lease_is_new", lease->is_new}});
  pb::AttachResponse response;
  pb::Attached& attached = *response.mutable_attached();
  attached.set_lease_is_new(lease->is_new);
  const auto lease_ms = options_.lease.count();
  attached.mutable_lease_duration()->set_seconds(lease_ms / 1'000);
  attached.mutable_lease_duration()->set_nanos(static_cast<std::int32_t>(lease_ms % 1'000) * 1'000'000);
  send(std::move(response));
  read();
}

absl::Status AttachStream::take_join(const pb::RoomPosition& join) {
  if (absl::Status checked = check_room_position(join); !checked.ok()) return checked;
  std::optional<pb::StreamPosition> position;
  if (join.has_position()) position = join.position();
  chat_.hub().join(subscription_, join.room(), position);
  if (chat_.hub().room_count(subscription_) <= options_.rooms_max) return absl::OkStatus();
  return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_ROOMS", "too many rooms are joined");
}

// Answered at once: that this process lives is known sooner than whether the database does.
void AttachStream::take_heartbeat() {
  pb::AttachResponse response;
  response.mutable_heartbeat();
  send(std::move(response));
  {
    const std::scoped_lock lock(mutex());
    if (renewing_) return;
    renewing_ = true;
  }
  const std::weak_ptr<OutgoingStream> weak = weak_from_this();
  chat_.renew_lease(gateway_id_, lease_number_, [weak](const absl::StatusOr<Renewal>& renewal) {
    if (const auto held = weak.lock()) static_cast<AttachStream&>(*held).on_renewal(renewal);
  });
}

void AttachStream::on_renewal(const absl::StatusOr<Renewal>& renewal) {
  {
    const std::scoped_lock lock(mutex());
    renewing_ = false;
  }
  if (renewal.ok() && *renewal == Renewal::kLapsed) {
    logger_.warning("gateway_lease_lapsed", {{"gateway_id", gateway_id_}});
    return end(make_error(absl::StatusCode::kUnavailable, "LEASE_LAPSED", "the lease has lapsed: attach again"));
  }
  // While the database is away, the lease may still outlast that: the next heartbeat tries again.
  if (!renewal.ok()) logger_.warning("gateway_lease_not_renewed", {{"gateway_id", gateway_id_}});
}

void AttachStream::send(pb::AttachResponse response) {
  {
    const std::scoped_lock lock(mutex());
    // A peer that reads nothing is not sent more than this.
    if (answers_.size() < 2) answers_.push_back(std::move(response));
  }
  pump();
}

bool AttachStream::next(pb::AttachResponse& response) {
  if (!answers_.empty()) {
    response = std::move(answers_.front());
    answers_.pop_front();
    return true;
  }
  const std::optional<StreamItem> item = pop();
  if (!item.has_value()) return false;
  if (const auto* event = std::get_if<SharedEvent>(&*item)) {
    *response.mutable_event() = **event;
    if (takes_batches_) add_events(*event, response);
  } else {
    *response.mutable_joined() = *std::get<std::shared_ptr<const pb::RoomJoined>>(*item);
  }
  return true;
}

std::optional<StreamItem> AttachStream::pop() {
  if (popped_.has_value()) return std::exchange(popped_, std::nullopt);
  return subscription_ == nullptr ? std::nullopt : subscription_->pop();
}

void AttachStream::add_events(const SharedEvent& first, pb::AttachResponse& response) {
  pb::EventBatch* batch = nullptr;
  std::size_t bytes = first->ByteSizeLong();
  while (bytes < kBatchBytesMax) {
    popped_ = pop();
    const SharedEvent* event = popped_.has_value() ? std::get_if<SharedEvent>(&*popped_) : nullptr;
    if (event == nullptr) return;
    if (batch == nullptr) {
      batch = response.mutable_events();
      *batch->add_events() = *first;
    }
    bytes += (*event)->ByteSizeLong();
    *batch->add_events() = **event;
    popped_.reset();
  }
}

void AttachStream::closed() {
  if (subscription_ == nullptr) return;
  chat_.hub().unsubscribe(subscription_);
  logger_.info("gateway_detached", {{"gateway_id", gateway_id_}});
}

}  // namespace parley::backend
