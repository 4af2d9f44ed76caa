// How often a WebSocket may be opened, in all and from one address.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "gateway/routes/token_bucket.h"

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
  std::size_t addresses() const { return by_address_.size(); }

 private:
  void forget(TimePoint now);

  const Limits limits_;
  TokenBucket all_;
  std::map<std::string, TokenBucket> by_address_;
  std::size_t forget_at_;  // so many addresses
};

}  // namespace parley::gateway
