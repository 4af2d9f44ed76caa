// How often a WebSocket may be opened, in all and from one address.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "gateway/web/keyed_rate.h"

namespace parley::gateway {

// Not thread-safe: Admission guards it.
class UpgradeRate {
 public:
  using TimePoint = TokenBucket::TimePoint;

  // A second, on average. All who may be connected may come at once: after a restart of the gateway they do.
  struct Limits {
    std::size_t per_second_max;
    std::size_t burst;
    std::size_t per_address_per_second_max;
    std::size_t per_address_burst;
  };

  UpgradeRate(const Limits& limits, TimePoint now);

  // Takes one. RESOURCE_EXHAUSTED (TOO_MANY_UPGRADES) for its address, UNAVAILABLE (OVERLOADED) in all; then nothing is
  // taken.
  absl::Status take(const std::string& address, TimePoint now);
  // Addresses that are remembered: no more than had an upgrade let in lately.
  std::size_t addresses() const { return by_address_.keys(); }

 private:
  TokenBucket all_;
  KeyedRate by_address_;
};

}  // namespace parley::gateway
