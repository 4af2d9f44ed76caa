#include "gateway/routes/departures.h"

#include <utility>

#include "common/errors.h"
#include "gateway/routes/route_table.h"

namespace parley::gateway {
namespace {

constexpr std::chrono::milliseconds kRetryInterval(1'000);
constexpr std::size_t kUnderWayMax = 64;  // of retries; first attempts are not held back

}  // namespace

Departures::Departures(ChatCalls& calls, Executor& executor, const Clock& clock, const Logger& logger,
                       std::size_t waiting_max)
    : calls_(calls), executor_(executor), clock_(clock), logger_(logger), waiting_max_(waiting_max) {}

void Departures::add(std::string connection_id, std::string room, std::string gateway_id) {
  send(Departure{std::move(connection_id), std::move(room), std::move(gateway_id)});
}

void Departures::send(Departure departure) {
  pb::DisconnectRequest request;
  request.set_connection_id(departure.connection_id);
  request.set_room(departure.room);
  request.set_gateway_id(departure.gateway_id);
  ++under_way_;
  disconnect_route()(calls_, std::move(request), executor_,
                     [weak = weak_from_this(), departure = std::move(departure)](
                         const absl::StatusOr<pb::DisconnectResponse>& response) mutable {
                       const std::shared_ptr<Departures> self = weak.lock();
                       if (self == nullptr) return;
                       --self->under_way_;
                       if (response.ok()) return;
                       self->logger_.warning("disconnect_failed", {{"connection_id", departure.connection_id},
                                                                   {"reason", error_reason(response.status())}});
                       if (!is_retryable(response.status())) return;
                       if (self->waiting_.size() >= self->waiting_max_) self->waiting_.pop_front();
                       self->waiting_.push_back(std::move(departure));
                       self->retry_at_ = self->clock_.steady_now() + kRetryInterval;
                     });
}

void Departures::sweep(TimePoint now) {
  if (now < retry_at_) return;
  while (!waiting_.empty() && under_way_ < kUnderWayMax) {
    Departure departure = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(departure));
  }
}

}  // namespace parley::gateway
