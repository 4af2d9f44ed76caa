#include "gateway/backend/attach_link.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/grpc_status.h"

namespace parley::gateway {
namespace {

constexpr std::chrono::milliseconds kFirstPause(50);
constexpr std::chrono::milliseconds kLongestPause(2'000);
// Longer than backends are apart in noticing the same.
constexpr std::chrono::milliseconds kLeaveDelay(1'500);
// For hello to be answered.
constexpr std::chrono::milliseconds kHelloTimeout(5'000);
// A lease holds for three heartbeats; a backend that cannot be reached is to be noticed sooner than a long lease
// lapses.
constexpr int kHeartbeatsMissedMax = 3;
constexpr std::chrono::milliseconds kHeartbeatIntervalMax(1'500);

std::chrono::milliseconds to_milliseconds(const google::protobuf::Duration& duration) {
  return std::chrono::milliseconds(duration.seconds() * 1000 + duration.nanos() / 1'000'000);
}

}  // namespace

AttachLink::AttachLink(BackendPool& pool, boost::asio::io_context& control_context, Executor& control,
                       RandomSource& random, const Logger& logger, std::string gateway_id)
    : pool_(pool),
      control_(control),
      random_(random),
      logger_(logger),
      gateway_id_(std::move(gateway_id)),
      timer_(control_context),
      leave_timer_(control_context),
      lease_(kHelloTimeout) {}

AttachLink::~AttachLink() = default;

void AttachLink::start(RoomRegistry& registry, absl::AnyInvocable<void()> lease_renewed) {
  registry_ = &registry;
  lease_renewed_ = std::move(lease_renewed);
  attach();
}

void AttachLink::stop(absl::AnyInvocable<void()> stopped) {
  stopping_ = true;
  timer_.cancel();
  leave_timer_.cancel();
  attached_.store(false, std::memory_order_release);
  if (stream_ == nullptr) return stopped();
  stopped_ = std::move(stopped);
  stream_->cancel();
}

void AttachLink::health_changed() {
  if (stream_ == nullptr || stopping_ || leave_planned_ || !pool_.better_than(backend_)) return;
  leave_planned_ = true;
  leave_timer_.expires_after(kLeaveDelay);
  leave_timer_.async_wait([this](const boost::system::error_code&) { leave_timer_expired(); });
}

void AttachLink::leave_timer_expired() {
  leave_planned_ = false;
  if (stream_ == nullptr || stopping_ || !pool_.better_than(backend_)) return;
  logger_.info("backend_left", {{"backend", pool_.at(backend_).address}});
  stream_->cancel();
}

void AttachLink::attach() {
  backend_ = pool_.current();
  heard_at_ = std::chrono::steady_clock::now();
  AttachStream::Handlers handlers;
  handlers.item = [this](pb::AttachResponse response, const std::shared_ptr<void>& ticket) {
    item(std::move(response), ticket);
  };
  handlers.written = [this] { written(); };
  handlers.ended = [this](const grpc::Status& status) { ended(status); };
  stream_ = AttachStream::start(pool_, backend_, control_, std::move(handlers));
  pb::AttachRequest hello;
  hello.mutable_hello()->set_gateway_id(gateway_id_);
  hello.mutable_hello()->set_takes_batches(true);
  write(std::move(hello));
  arm_timer(kHelloTimeout);
}

void AttachLink::item(pb::AttachResponse response, const std::shared_ptr<void>& ticket) {
  if (stopping_) return;
  heard_at_ = std::chrono::steady_clock::now();
  switch (response.item_case()) {
    case pb::AttachResponse::kAttached: return hello_answered(response.attached());
    case pb::AttachResponse::kJoined: return registry_->joined(response.joined());
    case pb::AttachResponse::kEvent: return registry_->event(std::move(*response.mutable_event()), ticket);
    case pb::AttachResponse::kEvents:
      for (pb::Event& event : *response.mutable_events()->mutable_events()) registry_->event(std::move(event), ticket);
      return;
    case pb::AttachResponse::kHeartbeat:
    case pb::AttachResponse::ITEM_NOT_SET: return;
  }
}

void AttachLink::hello_answered(const pb::Attached& attached) {
  const bool renewed = attached.lease_is_new();
  lease_ = std::max(std::chrono::milliseconds(3), to_milliseconds(attached.lease_duration()));
  pause_ = std::chrono::milliseconds(0);
  logger_.info("backend_attached",
               {{"backend", pool_.at(backend_).address}, {"lease_ms", lease_.count()}, {"lease_is_new", renewed}});
  attached_.store(true, std::memory_order_release);
  ever_attached_.store(true, std::memory_order_release);
  attaches_.add();
  changed_.clear();
  changed_set_.clear();
  for (const std::string& room : registry_->rooms()) room_changed(room);
  if (renewed) lease_renewed_();
  arm_timer(heartbeat_interval());
}

void AttachLink::room_changed(const std::string& room) {
  if (!attached() || !changed_set_.insert(room).second) return;
  changed_.push_back(room);
  if (!writing_) write_next();
}

void AttachLink::written() {
  writing_ = false;
  write_next();
}

void AttachLink::write_next() {
  if (stream_ == nullptr || writing_ || !attached()) return;
  pb::AttachRequest request;
  if (heartbeat_due_) {
    heartbeat_due_ = false;
    request.mutable_heartbeat();
    return write(std::move(request));
  }
  if (changed_.empty()) return;
  const std::string room = std::move(changed_.front());
  changed_.pop_front();
  changed_set_.erase(room);
  std::optional<pb::RoomPosition> wish = registry_->wish(room);
  if (wish) {
    *request.mutable_join() = *std::move(wish);
  } else {
    request.set_leave(room);
  }
  write(std::move(request));
}

void AttachLink::write(pb::AttachRequest request) {
  writing_ = true;
  stream_->write(std::move(request));
}

void AttachLink::ended(const grpc::Status& status) {
  stream_.reset();
  writing_ = false;
  heartbeat_due_ = false;
  const bool was_attached = attached_.exchange(false, std::memory_order_acq_rel);
  if (stopping_) {
    if (stopped_) std::exchange(stopped_, nullptr)();
    return;
  }
  losses_.add();
  const absl::Status reason = from_grpc_status(status);
  logger_.warning(
      "backend_lost",
      {{"backend", pool_.at(backend_).address}, {"was_attached", was_attached}, {"reason", error_reason(reason)}});
  pool_.move_on(backend_);
  arm_timer(next_pause());
}

// Without a stream: time to attach. With one: time for a heartbeat, or to give it up.
void AttachLink::timer_expired() {
  if (stopping_) return;
  if (stream_ == nullptr) return attach();
  const auto silence_max = attached() ? kHeartbeatsMissedMax * heartbeat_interval() : kHelloTimeout;
  if (std::chrono::steady_clock::now() - heard_at_ >= silence_max) return stream_->cancel();
  heartbeat_due_ = true;
  write_next();
  arm_timer(heartbeat_interval());
}

std::chrono::milliseconds AttachLink::heartbeat_interval() const {
  return std::min(lease_ / kHeartbeatsMissedMax, kHeartbeatIntervalMax);
}

void AttachLink::arm_timer(std::chrono::milliseconds delay) {
  timer_.expires_after(delay);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) timer_expired();
  });
}

std::chrono::milliseconds AttachLink::next_pause() {
  const std::chrono::milliseconds pause = pause_;
  pause_ = std::min(kLongestPause, std::max(kFirstPause, pause_ * 2));
  const auto most = static_cast<std::uint64_t>(pause.count());
  return std::chrono::milliseconds(most / 2 + random_below(random_, most / 2 + 1));
}

}  // namespace parley::gateway
