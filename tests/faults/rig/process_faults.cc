// Backends and gateways killed, ended, stopped and replaced.
#include <csignal>

#include "tests/faults/rig/strike_tools.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using Random = std::mt19937_64;
using Processes = std::vector<ServerProcess*>;

constexpr milliseconds kDrainLimit{10'000};
constexpr milliseconds kShortPauseLeast{1'000};
constexpr milliseconds kShortPauseMost{4'000};

Processes one_backend(Rig& rig, Random& random) { return {&any_backend(rig, random)}; }
Processes one_gateway(Rig& rig, Random& random) { return {&any_gateway(rig, random)}; }
Processes one_of_both(Rig& rig, Random& random) { return {&any_backend(rig, random), &any_gateway(rig, random)}; }
Processes all(Rig& rig, Random& /*random*/) {
  Processes processes;
  for (std::size_t index = 0; index < rig.backends(); ++index) processes.push_back(&rig.backend(index));
  for (std::size_t index = 0; index < rig.gateways(); ++index) processes.push_back(&rig.gateway(index));
  return processes;
}

template <auto choose, int signal>
absl::StatusOr<Strike> end(Rig& rig, Random& random) {
  return end_and_relaunch(rig, choose(rig, random), signal, random);
}

// There is nobody to take over: whole when all are there again.
absl::StatusOr<Strike> kill_all(Rig& rig, Random& random) {
  absl::StatusOr<Strike> strike = end_and_relaunch(rig, all(rig, random), SIGKILL, random);
  if (strike.ok()) strike->healed = now();
  return strike;
}

template <auto choose>
absl::StatusOr<Strike> pause_long(Rig& rig, Random& random) {
  return stop_and_continue(rig, choose(rig, random), rig.options().long_hold);
}

template <auto choose>
absl::StatusOr<Strike> pause_short(Rig& rig, Random& random) {
  return stop_and_continue(rig, choose(rig, random), between(random, kShortPauseLeast, kShortPauseMost));
}

// Every process one by one, as an upgrade does it.
absl::StatusOr<Strike> replace_all(Rig& rig, Random& random) {
  const SteadyTime struck = now();
  for (ServerProcess* process : all(rig, random)) {
    const absl::StatusOr<Strike> replaced = end_and_relaunch(rig, {process}, SIGTERM, random);
    if (!replaced.ok()) return replaced.status();
    if (absl::Status ready = rig.wait_until_ready(kDrainLimit); !ready.ok()) return ready;
  }
  return Strike{.struck = struck, .healed = now()};
}

// A process that drains sends its clients away one after the other, and they come back after a pause of their own.
constexpr milliseconds kAfterDrain = kDrainLimit + kAfterKill;

constexpr Fault kFaults[] = {
    {.name = "backend.kill", .live_limit = kAfterKill, .strike = end<one_backend, SIGKILL>},
    {.name = "backend.term", .live_limit = kAfterDrain, .strike = end<one_backend, SIGTERM>},
    {.name = "gateway.kill", .live_limit = kAfterKill, .strike = end<one_gateway, SIGKILL>},
    {.name = "gateway.term", .live_limit = kAfterDrain, .strike = end<one_gateway, SIGTERM>},
    {.name = "both.kill", .live_limit = kAfterKill, .strike = end<one_of_both, SIGKILL>},
    {.name = "both.term", .live_limit = kAfterDrain, .strike = end<one_of_both, SIGTERM>},
    {.name = "all.kill", .live_limit = kAfterKill, .strike = kill_all},
    {.name = "all.replace", .live_limit = kAfterKill, .strike = replace_all},
    {.name = "backend.pause", .live_limit = kAfterHealing, .strike = pause_long<one_backend>},
    {.name = "backend.pause_short", .live_limit = kAfterHealing, .strike = pause_short<one_backend>},
    {.name = "gateway.pause", .live_limit = kAfterHealing, .strike = pause_long<one_gateway>},
    {.name = "gateway.pause_short", .live_limit = kAfterHealing, .strike = pause_short<one_gateway>},
    {.name = "both.pause", .live_limit = kAfterHealing, .strike = pause_long<one_of_both>},
};

}  // namespace

std::span<const Fault> process_faults() { return kFaults; }

}  // namespace parley::faults
