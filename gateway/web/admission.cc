#include "gateway/web/admission.h"

#include <limits>

#include "common/errors.h"

namespace parley::gateway {
namespace {

// Beside what all who may be connected take when they come at once: whoever has been quiet may do what this brings.
constexpr std::size_t kBurstSeconds = 10;

KeyedRate::Limits share(std::size_t per_second_max, std::size_t connections_max) {
  return {.per_second_max = per_second_max, .burst = connections_max + per_second_max * kBurstSeconds};
}

ClientRate::Limits request_limits(const Admission::Limits& limits) {
  return {.address = {.setting = "requests_per_address_per_second_max",
                      .limits = share(limits.requests_per_address_per_second_max, limits.connections_per_address_max)},
          .network = {.setting = "requests_per_network_per_second_max",
                      .limits = share(limits.requests_per_network_per_second_max, limits.connections_per_network_max)},
          .reason = "TOO_MANY_REQUESTS",
          .message = "too many requests come from this address, or from its network"};
}

ClientRate::Limits handshake_limits(const Admission::Limits& limits) {
  return {.address = {.setting = "tls_handshakes_per_address_per_second_max",
                      .limits =
                          share(limits.tls_handshakes_per_address_per_second_max, limits.connections_per_address_max)},
          .network = {.setting = "tls_handshakes_per_network_per_second_max",
                      .limits =
                          share(limits.tls_handshakes_per_network_per_second_max, limits.connections_per_network_max)},
          .reason = "TOO_MANY_HANDSHAKES",
          .message = "too many TLS connections are opened from this address, or from its network"};
}

}  // namespace

Admission::Ticket::~Ticket() {
  if (owner_ != nullptr) owner_->leave(*places_, client_);
}

Admission::Admission(const Limits& limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      upgrades_({.per_second_max = limits.upgrades_per_second_max,
                 .burst = limits.connections_max,
                 .per_address_per_second_max = limits.upgrades_per_address_per_second_max,
                 .per_address_burst = limits.connections_per_address_max},
                clock.steady_now()),
      requests_(request_limits(limits)),
      tls_handshakes_(handshake_limits(limits)) {}

absl::StatusOr<Admission::Ticket> Admission::enter(const Client& client) {
  const UpgradeRate::TimePoint now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  const Most most{"connections_max", limits_.connections_max, limits_.connections_per_address_max,
                  limits_.connections_per_network_max};
  if (absl::Status free = check(websockets_, most, client); !free.ok()) return free;
  // Whoever finds no place takes nothing of the rate.
  if (absl::Status slow_enough = upgrades_.take(client.address, now); !slow_enough.ok()) return slow_enough;
  return take(websockets_, client);
}

absl::StatusOr<Admission::Ticket> Admission::enter_http(const Client& client) {
  const std::lock_guard lock(mutex_);
  const Most most{"http_connections_max", limits_.http_connections_max, limits_.http_connections_per_address_max,
                  limits_.http_connections_per_network_max};
  if (absl::Status free = check(http_, most, client); !free.ok()) return free;
  return take(http_, client);
}

absl::StatusOr<Admission::Ticket> Admission::enter_http_of_proxy() {
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  const std::lock_guard lock(mutex_);
  const Most most{"http_connections_max", limits_.http_connections_max, kAny, kAny};
  if (absl::Status free = check(http_, most, {}); !free.ok()) return free;
  return take(http_, {});
}

absl::Status Admission::take_request(const Client& client) {
  const ClientRate::TimePoint now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  return requests_.take(client.address, client.network, now);
}

absl::Status Admission::take_tls_handshake(const Client& client) {
  const ClientRate::TimePoint now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  return tls_handshakes_.take(client.address, client.network, now);
}

absl::Status Admission::check(const Places& places, const Most& most, const Client& client) const {
  if (places.taken >= most.in_all) {
    return make_overloaded(most.setting, "this gateway holds as many connections as it may");
  }
  const auto has = [&places](const std::string& key, std::size_t count) {
    const auto found = places.by_address.find(key);
    return found != places.by_address.end() && found->second >= count;
  };
  const bool network_is_full = !client.network.empty() && has(client.network, most.of_network);
  if (has(client.address, most.of_address) || network_is_full) {
    return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_CONNECTIONS",
                      "too many connections from this address, or from its network");
  }
  return absl::OkStatus();
}

Admission::Ticket Admission::take(Places& places, const Client& client) {
  ++places.by_address[client.address];
  if (!client.network.empty()) ++places.by_address[client.network];
  ++places.taken;
  return Ticket(this, &places, client);
}

std::size_t Admission::connections() const {
  const std::lock_guard lock(mutex_);
  return websockets_.taken;
}

std::size_t Admission::http_connections() const {
  const std::lock_guard lock(mutex_);
  return http_.taken;
}

void Admission::leave(Places& places, const Client& client) {
  const std::lock_guard lock(mutex_);
  --places.taken;
  const auto give_back = [&places](const std::string& key) {
    const auto found = places.by_address.find(key);
    if (--found->second == 0) places.by_address.erase(found);
  };
  give_back(client.address);
  if (!client.network.empty()) give_back(client.network);
}

}  // namespace parley::gateway
