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
  // An error: the fault could not be made, which ends the run.
  absl::StatusOr<Strike> (*strike)(Rig& rig, std::mt19937_64& random);
  bool needs_nats = false;
  bool needs_disk = false;  // RigOptions::database_disk_bytes
};

std::span<const Fault> all_faults();

}  // namespace parley::faults
