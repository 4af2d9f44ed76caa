// What processes, and the machine, have used so far, as Linux tells it (proc(5)); to within a clock tick, mostly 10 ms.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace parley::bench {

struct ProcessUsage {
  double cpu_s = 0;  // user and system time
  std::uint64_t resident_bytes = 0;
};

// Of the process and its children (PostgreSQL has one a session), those that have ended included as far as they were
// waited for. Nothing when there is no such process.
std::optional<ProcessUsage> usage_of(pid_t process);

struct MachineUsage {
  double busy_s = 0;    // of all cores together
  double stolen_s = 0;  // wanted, and given to another machine by the host
};

MachineUsage usage_of_machine();

}  // namespace parley::bench
