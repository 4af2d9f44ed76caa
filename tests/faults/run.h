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
  std::size_t rounds = 0;                   // above 0: until every fault has struck so often, whatever the duration
  std::vector<std::string> faults;          // as Turns takes them
  std::int64_t resume_changes_max = 1'000;  // the backends' setting
  RigOptions rig;                           // what this machine cannot give is left out, with a word on stdout
};

// Blocks for the duration and the time to settle. An error: there was no run. Progress goes to stdout.
absl::StatusOr<Report> run_faults(const RunOptions& options);

}  // namespace parley::faults
