#include "gateway/web/admission.h"

#include <limits>

#include "common/errors.h"

namespace parley::gateway {

Admission::Ticket::~Ticket() {
  if (owner_ != nullptr) owner_->leave(*places_, address_);
}

Admission::Admission(const Limits& limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      rate_({.per_second_max = limits.upgrades_per_second_max,
             .burst = limits.connections_max,
             .per_address_per_second_max = limits.upgrades_per_address_per_second_max,
             .per_address_burst = limits.connections_per_address_max},
            clock.steady_now()) {}

absl::StatusOr<Admission::Ticket> Admission::enter(const std::string& address) {
  const UpgradeRate::TimePoint now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  const Most most{limits_.connections_max, limits_.connections_per_address_max};
  if (absl::Status free = check(websockets_, most, address); !free.ok()) return free;
  // Whoever finds no place takes nothing of the rate.
  if (absl::Status slow_enough = rate_.take(address, now); !slow_enough.ok()) return slow_enough;
  return take(websockets_, address);
}

absl::StatusOr<Admission::Ticket> Admission::enter_http(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const Most most{limits_.http_connections_max, limits_.http_connections_per_address_max};
  if (absl::Status free = check(http_, most, address); !free.ok()) return free;
  return take(http_, address);
}

absl::StatusOr<Admission::Ticket> Admission::enter_http_of_proxy() {
  const std::lock_guard lock(mutex_);
  const std::string no_address;
  const Most most{limits_.http_connections_max, std::numeric_limits<std::size_t>::max()};
  if (absl::Status free = check(http_, most, no_address); !free.ok()) return free;
  return take(http_, no_address);
}

absl::Status Admission::check(const Places& places, const Most& most, const std::string& address) const {
  if (places.taken >= most.in_all) {
    return make_error(absl::StatusCode::kUnavailable, "OVERLOADED", "this gateway holds as many connections as it may");
  }
  const auto found = places.by_address.find(address);
  if (found != places.by_address.end() && found->second >= most.of_address) {
    return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_CONNECTIONS",
                      "too many connections from this address");
  }
  return absl::OkStatus();
}

Admission::Ticket Admission::take(Places& places, const std::string& address) {
  ++places.by_address[address];
  ++places.taken;
  return Ticket(this, &places, address);
}

std::size_t Admission::connections() const {
  const std::lock_guard lock(mutex_);
  return websockets_.taken;
}

std::size_t Admission::http_connections() const {
  const std::lock_guard lock(mutex_);
  return http_.taken;
}

void Admission::leave(Places& places, const std::string& address) {
  const std::lock_guard lock(mutex_);
  --places.taken;
  const auto found = places.by_address.find(address);
  if (--found->second == 0) places.by_address.erase(found);
}

}  // namespace parley::gateway
