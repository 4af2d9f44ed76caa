// The connections of all clients end at once, and each client connects again as the page does.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/cost_meter.h"
#include "tests/bench/crowd.h"
#include "tests/bench/latency_histogram.h"

namespace parley::bench {

struct StormOptions {
  // Before its n-th attempt, from 0 on, a client waits for a time between 0 and `wait_first` times 2 to the n, but at
  // most `wait_max`: web/model/backoff.h.
  std::chrono::milliseconds wait_first{500};
  std::chrono::milliseconds wait_max{30'000};
  std::chrono::seconds limit{120};
};

struct StormResult {
  double all_live_s = 0;        // since the cut
  LatencyHistogram live;        // of each client: from the cut until it is in its room again
  LatencyHistogram handshakes;  // of the attempts that were admitted
  std::uint64_t attempts = 0;   // to connect
  std::uint64_t failed = 0;     // of them: refused, or ended before the client was in its room
  std::string last_refusal;
  std::uint64_t not_live = 0;  // clients that were not back at the limit
  Costs costs;                 // from the cut until all were live
};

// The crowd has settled. Fails with what is wrong with the crowd.
absl::StatusOr<StormResult> run_storm(Crowd& crowd, const StormOptions& options);

}  // namespace parley::bench
