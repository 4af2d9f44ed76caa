// Connections cut, frozen, slowed, closed in the midst of a frame; partitions.
#include "tests/faults/rig/strike_tools.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using Random = std::mt19937_64;
using Gates = std::vector<ChaosGate*>;

constexpr milliseconds kHoldLeast{500};
constexpr milliseconds kHoldMost{8'000};
constexpr milliseconds kCloseHold{2'000};
constexpr std::size_t kSlowLeast = 2'000;  // bytes a second
constexpr std::size_t kSlowMost = 50'000;
constexpr std::size_t kCloseAfterMost = 4'000;  // bytes
constexpr std::size_t kCutsMost = 40;
constexpr milliseconds kCutPauseLeast{5};
constexpr milliseconds kCutPauseMost{100};

// Of one gateway, now and then of all.
Gates browsers(Rig& rig, Random& random) {
  if (pick(random, 3) > 0) return {&rig.clients_gate(pick(random, rig.gateways()))};
  Gates gates;
  for (std::size_t gateway = 0; gateway < rig.gateways(); ++gateway) gates.push_back(&rig.clients_gate(gateway));
  return gates;
}

// One gateway's to all backends.
Gates backends_of_one_gateway(Rig& rig, Random& random) {
  const std::size_t gateway = pick(random, rig.gateways());
  Gates gates;
  for (std::size_t backend = 0; backend < rig.backends(); ++backend) {
    gates.push_back(&rig.backend_gate(gateway, backend));
  }
  return gates;
}

// Those, or all gateways' to one backend.
Gates backends(Rig& rig, Random& random) {
  if (pick(random, 2) == 0) return backends_of_one_gateway(rig, random);
  const std::size_t backend = pick(random, rig.backends());
  Gates gates;
  for (std::size_t gateway = 0; gateway < rig.gateways(); ++gateway) {
    gates.push_back(&rig.backend_gate(gateway, backend));
  }
  return gates;
}

Gates all_databases(Rig& rig, Random& /*random*/) {
  Gates gates;
  for (std::size_t backend = 0; backend < rig.backends(); ++backend) gates.push_back(&rig.database_gate(backend));
  return gates;
}

// Of one backend, now and then of all.
Gates databases(Rig& rig, Random& random) {
  if (pick(random, 3) == 0) return all_databases(rig, random);
  return {&rig.database_gate(pick(random, rig.backends()))};
}

// One backend's to all NATS nodes.
Gates brokers(Rig& rig, Random& random) {
  const std::size_t backend = pick(random, rig.backends());
  Gates gates;
  for (std::size_t node = 0; node < rig.nats_nodes(); ++node) gates.push_back(&rig.broker_gate(backend, node));
  return gates;
}

void heal(const Gates& gates) {
  for (ChaosGate* gate : gates) gate->heal();
}

template <auto choose>
absl::StatusOr<Strike> cut(Rig& rig, Random& random) {
  const SteadyTime struck = now();
  for (ChaosGate* gate : choose(rig, random)) gate->cut();
  return Strike{.struck = struck, .healed = struck};
}

// Again and again: among them are connections that are just being made, and calls that are just being answered.
template <auto choose>
absl::StatusOr<Strike> cut_often(Rig& rig, Random& random) {
  const SteadyTime struck = now();
  SteadyTime last = struck;
  const Gates gates = choose(rig, random);
  const std::size_t cuts = kCutsMost / 2 + pick(random, kCutsMost / 2);
  for (std::size_t count = 0; count < cuts; ++count) {
    hold(rig, between(random, kCutPauseLeast, kCutPauseMost));
    last = now();
    for (ChaosGate* gate : gates) gate->cut();
  }
  return Strike{.struck = struck, .healed = last};
}

template <auto choose>
absl::StatusOr<Strike> freeze(Rig& rig, Random& random) {
  const Gates gates = choose(rig, random);
  const SteadyTime struck = now();
  for (ChaosGate* gate : gates) gate->freeze();
  hold(rig, between(random, kHoldLeast, kHoldMost));
  heal(gates);
  return Strike{.struck = struck, .healed = now()};
}

template <auto choose>
absl::StatusOr<Strike> slow(Rig& rig, Random& random) {
  const Gates gates = choose(rig, random);
  const std::size_t rate = kSlowLeast + pick(random, kSlowMost - kSlowLeast);
  const SteadyTime struck = now();
  for (ChaosGate* gate : gates) gate->slow(rate);
  hold(rig, between(random, kHoldLeast, kHoldMost));
  heal(gates);
  return Strike{.struck = struck, .healed = now()};
}

template <auto choose>
absl::StatusOr<Strike> close_mid_frame(Rig& rig, Random& random) {
  const Gates gates = choose(rig, random);
  const SteadyTime struck = now();
  for (ChaosGate* gate : gates) gate->close_after(1 + pick(random, kCloseAfterMost));
  hold(rig, kCloseHold);
  heal(gates);
  return Strike{.struck = struck, .healed = now()};
}

template <auto choose>
absl::StatusOr<Strike> partition(Rig& rig, Random& random) {
  const Gates gates = choose(rig, random);
  const SteadyTime struck = now();
  for (ChaosGate* gate : gates) gate->partition();
  hold(rig, rig.options().long_hold);
  heal(gates);
  return Strike{.struck = struck, .healed = now()};
}

constexpr Fault kFaults[] = {
    {.name = "link.browser.cut", .live_limit = kAfterKill, .strike = cut<browsers>},
    {.name = "link.browser.cut_often", .live_limit = kAfterKill, .strike = cut_often<browsers>},
    {.name = "link.browser.freeze", .live_limit = kAfterHealing, .strike = freeze<browsers>},
    {.name = "link.browser.slow", .live_limit = kAfterHealing, .strike = slow<browsers>},
    {.name = "link.browser.close_mid_frame", .live_limit = kAfterKill, .strike = close_mid_frame<browsers>},
    {.name = "link.backend.cut", .live_limit = kAfterKill, .strike = cut<backends>},
    {.name = "link.backend.cut_often", .live_limit = kAfterKill, .strike = cut_often<backends>},
    {.name = "link.backend.freeze", .live_limit = kAfterHealing, .strike = freeze<backends>},
    {.name = "link.backend.slow", .live_limit = kAfterHealing, .strike = slow<backends>},
    {.name = "link.backend.close_mid_frame", .live_limit = kAfterKill, .strike = close_mid_frame<backends>},
    {.name = "link.database.cut", .live_limit = kAfterDatabase, .strike = cut<databases>},
    {.name = "link.database.freeze", .live_limit = kAfterDatabase, .strike = freeze<databases>},
    {.name = "link.database.slow", .live_limit = kAfterDatabase, .strike = slow<databases>},
    {.name = "link.database.close_mid_frame", .live_limit = kAfterDatabase, .strike = close_mid_frame<databases>},
    {.name = "database.in_commit_cut", .live_limit = kAfterDatabase, .strike = cut_often<all_databases>},
    {.name = "link.broker.cut", .live_limit = kAfterHints, .strike = cut<brokers>, .needs_nats = true},
    {.name = "link.broker.freeze", .live_limit = kAfterHints, .strike = freeze<brokers>, .needs_nats = true},
    {.name = "link.broker.close_mid_frame",
     .live_limit = kAfterHints,
     .strike = close_mid_frame<brokers>,
     .needs_nats = true},
    {.name = "partition.gateway_backend", .live_limit = kAfterHealing, .strike = partition<backends>},
    {.name = "partition.gateway_backends", .live_limit = kAfterHealing, .strike = partition<backends_of_one_gateway>},
    {.name = "partition.backend_database", .live_limit = kAfterHealing, .strike = partition<databases>},
    {.name = "partition.backend_broker", .live_limit = kAfterHints, .strike = partition<brokers>, .needs_nats = true},
};

}  // namespace

std::span<const Fault> link_faults() { return kFaults; }

}  // namespace parley::faults
