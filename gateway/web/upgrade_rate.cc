#include "gateway/web/upgrade_rate.h"

#include <algorithm>

#include "common/errors.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kForgetAtLeast = 1'024;

}  // namespace

UpgradeRate::UpgradeRate(const Limits& limits, TimePoint now)
    : limits_(limits), all_(limits.per_second_max, limits.burst, now), forget_at_(kForgetAtLeast) {}

absl::Status UpgradeRate::take(const std::string& address, TimePoint now) {
  const auto found = by_address_.find(address);
  if (found != by_address_.end() && !found->second.has_token(now)) {
    return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_UPGRADES",
                      "this address opens connections too often");
  }
  if (!all_.has_token(now)) {
    return make_overloaded("upgrades_per_second_max", "too many connections are being opened here");
  }
  all_.take();
  if (found != by_address_.end()) {
    found->second.take();
    return absl::OkStatus();
  }
  TokenBucket bucket(limits_.per_address_per_second_max, limits_.per_address_burst, now);
  bucket.take();
  by_address_.emplace(address, bucket);
  if (by_address_.size() >= forget_at_) forget(now);
  return absl::OkStatus();
}

// A full bucket says no more than none. What is left came within the time that fills one, at the rate of all.
void UpgradeRate::forget(TimePoint now) {
  std::erase_if(by_address_, [now](const auto& entry) { return entry.second.is_full(now); });
  forget_at_ = std::max(kForgetAtLeast, by_address_.size() * 2);
}

}  // namespace parley::gateway
