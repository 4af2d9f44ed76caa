#include "gateway/web/client_rate.h"

#include "common/errors.h"

namespace parley::gateway {

ClientRate::ClientRate(const Limits& limits, std::size_t keys_max)
    : limits_(limits), addresses_(limits.address.limits, keys_max), networks_(limits.network.limits, keys_max) {}

absl::Status ClientRate::take(const std::string& address, const std::string& network, TimePoint now) {
  const auto refuse = [this](const Share& share) {
    return make_client_limited(limits_.reason, share.setting, limits_.message);
  };
  if (!addresses_.has_token(address, now)) return refuse(limits_.address);
  if (!network.empty() && !networks_.has_token(network, now)) return refuse(limits_.network);
  addresses_.take(address, now);
  if (!network.empty()) networks_.take(network, now);
  return absl::OkStatus();
}

}  // namespace parley::gateway
