// What a stretch of time cost: of each watched process, of this one, and of everything else that ran on the machine.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/process_usage.h"

namespace parley::bench {

struct WatchedProcess {
  std::string name;
  pid_t pid = 0;
};

struct ProcessCost {
  std::string name;
  double cpu_s = 0;
  std::uint64_t resident_bytes = 0;  // at the end
  std::uint64_t grown_bytes = 0;     // since the meter was made
};

struct Costs {
  std::vector<ProcessCost> processes;
  double generator_cpu_s = 0;  // this process: close to the time that passed, and it is the limit
  double others_cpu_s = 0;     // neither watched nor this one: what disturbed the run
  double stolen_s = 0;         // see MachineUsage
};

class CostMeter {
 public:
  // NOT_FOUND when a process is not there.
  static absl::StatusOr<CostMeter> watch(std::vector<WatchedProcess> processes);

  absl::Status begin();
  // Since the last begin().
  absl::StatusOr<Costs> end() const;

 private:
  struct Reading {
    std::vector<ProcessUsage> processes;
    MachineUsage machine;
    double generator_cpu_s = 0;
  };
  explicit CostMeter(std::vector<WatchedProcess> processes) : processes_(std::move(processes)) {}
  absl::StatusOr<Reading> read() const;

  std::vector<WatchedProcess> processes_;
  Reading first_;
  Reading begin_;
};

}  // namespace parley::bench
