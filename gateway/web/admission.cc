#include "gateway/web/admission.h"

#include "common/errors.h"

namespace parley::gateway {

Admission::Ticket::~Ticket() {
  if (owner_ != nullptr) owner_->leave(address_);
}

absl::StatusOr<Admission::Ticket> Admission::enter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= limits_.connections_max) {
    return make_error(absl::StatusCode::kUnavailable, "OVERLOADED", "this gateway holds as many connections as it may");
  }
  std::size_t& count = by_address_[address];
  if (count >= limits_.connections_per_address_max) {
    return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_CONNECTIONS",
                      "too many connections from this address");
  }
  ++count;
  ++connections_;
  return Ticket(this, address);
}

absl::StatusOr<Admission::Ticket> Admission::enter_http() {
  const std::lock_guard lock(mutex_);
  if (http_connections_ >= limits_.http_connections_max) {
    return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_CONNECTIONS", "too many HTTP connections");
  }
  ++http_connections_;
  return Ticket(this, {});
}

std::size_t Admission::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::size_t Admission::http_connections() const {
  const std::lock_guard lock(mutex_);
  return http_connections_;
}

void Admission::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (address.empty()) {
    --http_connections_;
    return;
  }
  --connections_;
  const auto found = by_address_.find(address);
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace parley::gateway
