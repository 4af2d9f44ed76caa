// What a fault run came to, as a table.
#pragma once

#include <chrono>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/faults/checker.h"
#include "tests/faults/workload.h"

namespace parley::faults {

struct FaultResults {
  std::chrono::milliseconds live_limit{0};
  std::vector<std::chrono::milliseconds> recoveries;  // from healed until everybody worked again, of each strike
};

struct Report {
  std::string broker;
  std::uint64_t seed = 0;
  std::chrono::milliseconds duration{0};
  std::map<std::string, FaultResults> faults;
  Counts counts;
  std::size_t backend_bytes_max = 0;  // resident memory of the largest one, seen after each strike
  std::size_t gateway_bytes_max = 0;
  std::vector<std::string> problems;  // not recovered, not settled, not made
  std::vector<Anomaly> anomalies;

  // No anomaly, no problem, and no recovery above its limit times `patience`.
  bool is_good(double patience) const;
};

void print(std::ostream& stream, const Report& report);

}  // namespace parley::faults
