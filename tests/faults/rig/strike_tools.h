// What the faults are made of.
#pragma once

#include <chrono>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/faults/fault.h"
#include "tests/faults/rig.h"

namespace parley::faults {

// Until everybody is live again, see Fault::live_limit.
inline constexpr std::chrono::milliseconds kAfterKill{5'000};
inline constexpr std::chrono::milliseconds kAfterHealing{5'000};
inline constexpr std::chrono::milliseconds kAfterDatabase{10'000};
// hub_poll_ms of the backends and a second.
inline constexpr std::chrono::milliseconds kAfterHints{6'000};

inline SteadyTime now() { return std::chrono::steady_clock::now(); }

// One of 0 to count - 1.
std::size_t pick(std::mt19937_64& random, std::size_t count);
std::chrono::milliseconds between(std::mt19937_64& random, std::chrono::milliseconds least,
                                  std::chrono::milliseconds most);
// The fault lasts so long, but no longer than RigOptions::long_hold: nothing to wait for but time itself.
void hold(const Rig& rig, std::chrono::milliseconds duration);

// Sends `signal` to all at once, waits for their ends, leaves them down for a moment and starts them again. SIGTERM is
// to end a process within 10 s and with the status 0. Healed at once: others take over.
absl::StatusOr<Strike> end_and_relaunch(const Rig& rig, const std::vector<ServerProcess*>& processes, int signal,
                                        std::mt19937_64& random);
// SIGSTOP for so long.
absl::StatusOr<Strike> stop_and_continue(const Rig& rig, const std::vector<ServerProcess*>& processes,
                                         std::chrono::milliseconds duration);

ServerProcess& any_backend(Rig& rig, std::mt19937_64& random);
ServerProcess& any_gateway(Rig& rig, std::mt19937_64& random);

// The parts of the table, by what is struck.
std::span<const Fault> process_faults();
std::span<const Fault> link_faults();
std::span<const Fault> database_faults();
std::span<const Fault> broker_faults();
std::span<const Fault> clock_faults();

}  // namespace parley::faults
