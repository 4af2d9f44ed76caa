// What is done to the system, and when it must be whole again.
#pragma once

#include <chrono>
#include <random>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "tests/faults/rig.h"

namespace parley::faults {

using SteadyTime = std::chrono::steady_clock::time_point;

// When it struck, and from when on the system has what it needs to be whole again (equal for a kill: the rest of the
// system must take over; the end of the pause for a SIGSTOP; PostgreSQL's first accepted connection after a crash).
struct Strike {
  SteadyTime struck;
  SteadyTime healed;
};

struct Fault {
  std::string_view name;                 // as in the table: `backend.kill`
  std::chrono::milliseconds live_limit;  // from `healed` until every writer and reader is live again
  // Strikes, holds, heals, and leaves every process running; blocks meanwhile. Its choices come from `random` alone.
  // An error ends the run: the fault could not be made, or a process did not end as it should (a drain that takes
  // longer than 10 s, an exit status, an end of its own). UNIMPLEMENTED: the rig lacks what the fault needs.
  absl::StatusOr<Strike> (*strike)(Rig& rig, std::mt19937_64& random);
  bool needs_nats = false;
  bool needs_listen = false;        // the PostgreSQL broker
  bool needs_disk = false;          // RigOptions::database_disk_bytes
  bool needs_false_clocks = false;  // RigOptions::has_false_clocks
  bool needs_chaos_broker = false;  // RigOptions::has_chaos_broker
};

// In an order that means nothing.
std::span<const Fault> all_faults();
// Whether a rig of these options has what the fault needs.
bool can_strike(const Fault& fault, const RigOptions& options);

}  // namespace parley::faults
