#include "gateway/web/admission.h"

#include "common/errors.h"

namespace parley::gateway {

Admission::Ticket::~Ticket() {
  if (owner_ != nullptr) owner_->leave(*places_, address_);
}

absl::StatusOr<Admission::Ticket> Admission::enter(const std::string& address) {
  return take(websockets_, limits_.connections_max, address);
}

absl::StatusOr<Admission::Ticket> Admission::enter_http(const std::string& address) {
  return take(http_, limits_.http_connections_max, address);
}

absl::StatusOr<Admission::Ticket> Admission::take(Places& places, std::size_t most, const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (places.taken >= most) {
    return make_error(absl::StatusCode::kUnavailable, "OVERLOADED", "this gateway holds as many connections as it may");
  }
  const auto found = places.by_address.find(address);
  if (found != places.by_address.end() && found->second >= limits_.connections_per_address_max) {
    return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_CONNECTIONS",
                      "too many connections from this address");
  }
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
