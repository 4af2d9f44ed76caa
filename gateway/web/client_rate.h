// How often something may be done from one address, and from its network.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gateway/web/keyed_rate.h"

namespace parley::gateway {

// Not thread-safe: Admission guards it.
class ClientRate {
 public:
  using TimePoint = KeyedRate::TimePoint;

  // A share and the setting that says it.
  struct Share {
    std::string_view setting;
    KeyedRate::Limits limits;
  };
  struct Limits {
    Share address;
    Share network;
    std::string_view reason;  // of the refusal
    std::string_view message;
  };

  explicit ClientRate(const Limits& limits, std::size_t keys_max = KeyedRate::kKeysMax);

  // Takes one of both. RESOURCE_EXHAUSTED with the reason where one has none left; then nothing is taken. No `network`:
  // the address alone.
  absl::Status take(const std::string& address, const std::string& network, TimePoint now);

 private:
  const Limits limits_;
  KeyedRate addresses_;
  KeyedRate networks_;
};

}  // namespace parley::gateway
