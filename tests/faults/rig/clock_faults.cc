// A process whose clock is an hour off, and right again: two steps.
#include "tests/faults/rig/strike_tools.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using Random = std::mt19937_64;

constexpr std::chrono::seconds kStep{3'600};
// Longer than a step takes to be seen.
constexpr milliseconds kHoldLeast{3'000};
constexpr milliseconds kHoldMost{8'000};
constexpr milliseconds kSeenWithin{2'000};
constexpr milliseconds kAfterStep{10'000};

enum class Whose { kBackend, kGateway, kBoth };

template <Whose whose>
absl::StatusOr<Strike> step(Rig& rig, Random& random) {
  const std::size_t backend = pick(random, rig.backends());
  const std::size_t gateway = pick(random, rig.gateways());
  const std::chrono::seconds offset = pick(random, 2) == 0 ? kStep : -kStep;
  const auto set = [&](std::chrono::seconds seconds) {
    absl::Status status;
    if (whose != Whose::kGateway) status.Update(rig.set_backend_clock(backend, seconds));
    if (whose != Whose::kBackend) status.Update(rig.set_gateway_clock(gateway, seconds));
    return status;
  };
  const SteadyTime struck = now();
  absl::Status status = set(offset);
  if (status.ok()) hold(rig, between(random, kHoldLeast, kHoldMost));
  status.Update(set(std::chrono::seconds(0)));
  if (!status.ok()) return status;
  hold(rig, kSeenWithin);
  return Strike{.struck = struck, .healed = now()};
}

constexpr Fault kFaults[] = {
    {.name = "clock.step_backend",
     .live_limit = kAfterStep,
     .strike = step<Whose::kBackend>,
     .needs_false_clocks = true},
    {.name = "clock.step_gateway",
     .live_limit = kAfterStep,
     .strike = step<Whose::kGateway>,
     .needs_false_clocks = true},
    {.name = "clock.step_both", .live_limit = kAfterStep, .strike = step<Whose::kBoth>, .needs_false_clocks = true},
};

}  // namespace

std::span<const Fault> clock_faults() { return kFaults; }

}  // namespace parley::faults
