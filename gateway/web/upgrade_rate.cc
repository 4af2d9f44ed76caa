#include "gateway/web/upgrade_rate.h"

#include "common/errors.h"

namespace parley::gateway {

UpgradeRate::UpgradeRate(const Limits& limits, TimePoint now)
    : all_(limits.per_second_max, limits.burst, now),
      by_address_({.per_second_max = limits.per_address_per_second_max, .burst = limits.per_address_burst}) {}

absl::Status UpgradeRate::take(const std::string& address, TimePoint now) {
  if (!by_address_.has_token(address, now)) {
    return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_UPGRADES",
                      "this address opens connections too often");
  }
  if (!all_.has_token(now)) {
    return make_overloaded("upgrades_per_second_max", "too many connections are being opened here");
  }
  all_.take();
  by_address_.take(address, now);
  return absl::OkStatus();
}

}  // namespace parley::gateway
