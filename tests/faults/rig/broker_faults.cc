// Hints dropped, doubled, late and out of order; NATS nodes killed and stopped.
#include <csignal>

#include "tests/faults/rig/strike_tools.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using Random = std::mt19937_64;

constexpr milliseconds kChaosLeast{3'000};
constexpr milliseconds kChaosMost{10'000};

absl::Status signal_backends(Rig& rig, int number) {
  absl::Status status;
  for (std::size_t backend = 0; backend < rig.backends(); ++backend) status.Update(rig.backend(backend).signal(number));
  return status;
}

// Hints only make haste: nothing has to heal.
absl::StatusOr<Strike> chaos(Rig& rig, Random& random) {
  const SteadyTime struck = now();
  absl::Status status = signal_backends(rig, SIGUSR1);
  if (status.ok()) hold(rig, between(random, kChaosLeast, kChaosMost));
  status.Update(signal_backends(rig, SIGUSR2));
  if (!status.ok()) return status;
  return Strike{.struck = struck, .healed = struck};
}

std::vector<ServerProcess*> all_nodes(Rig& rig) {
  std::vector<ServerProcess*> nodes;
  for (std::size_t node = 0; node < rig.nats_nodes(); ++node) nodes.push_back(&rig.nats(node));
  return nodes;
}

absl::StatusOr<Strike> kill_one(Rig& rig, Random& random) {
  return end_and_relaunch(rig, {&rig.nats(pick(random, rig.nats_nodes()))}, SIGKILL, random);
}

absl::StatusOr<Strike> kill_all(Rig& rig, Random& random) {
  return end_and_relaunch(rig, all_nodes(rig), SIGKILL, random);
}

absl::StatusOr<Strike> pause_one(Rig& rig, Random& random) {
  return stop_and_continue(rig, {&rig.nats(pick(random, rig.nats_nodes()))}, rig.options().long_hold);
}

constexpr Fault kFaults[] = {
    {.name = "broker.chaos", .live_limit = kAfterHints, .strike = chaos, .needs_chaos_broker = true},
    {.name = "nats.kill", .live_limit = kAfterHints, .strike = kill_one, .needs_nats = true},
    {.name = "nats.kill_all", .live_limit = kAfterHints, .strike = kill_all, .needs_nats = true},
    {.name = "nats.pause", .live_limit = kAfterHints, .strike = pause_one, .needs_nats = true},
};

}  // namespace

std::span<const Fault> broker_faults() { return kFaults; }

}  // namespace parley::faults
