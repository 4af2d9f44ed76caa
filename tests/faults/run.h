// A fault run: the system, the load, the strikes, the check.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/faults/report.h"
#include "tests/faults/rig.h"

namespace parley::faults {

struct RunOptions {
  std::uint64_t seed = 1;
  std::chrono::milliseconds duration{120'000};
  std::vector<std::string> faults;  // names; empty: all that the rig has
  RigOptions rig;
};

// Blocks for the duration and the time to settle. An error: there was no run.
absl::StatusOr<Report> run_faults(const RunOptions& options);

}  // namespace parley::faults
