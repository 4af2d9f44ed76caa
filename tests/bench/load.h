// A load on a schedule: messages are due at fixed times whatever the server does, so that a server that stalls cannot
// hide its own latency; and every one that a receiver gets is checked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/cost_meter.h"
#include "tests/bench/crowd.h"
#include "tests/bench/latency_histogram.h"
#include "tests/bench/protocol.h"

namespace parley::bench {

struct RunOptions {
  // All senders' messages a second. 0: as many as are answered, `window` of each sender under way (0: nobody speaks).
  double rate = 0;
  std::size_t window = 1;
  std::chrono::milliseconds warm_up{1'000};
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds drain_max{10'000};  // for what is under way at the end
  std::chrono::milliseconds give_up{0};         // the run is abandoned at a delivery that took longer; 0: never
  std::size_t body_bytes = 100;
};

struct LoadOptions : CrowdOptions, RunOptions {};

// Counts and latencies are of what was due in the measured time, which begins after the warm-up. Rates and costs are of
// that time itself: `delivered` is what arrived in it.
struct LoadResult {
  double connect_s = 0;         // of the crowd, until all clients were ready
  LatencyHistogram handshakes;  // of the crowd
  double seconds = 0;
  bool is_abandoned = false;  // see give_up: what was under way then is among the missing
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;   // in the measured time
  std::uint64_t delivered = 0;  // in the measured time
  // Of the whole run, the warm-up and the time after the end included:
  std::uint64_t missing = 0;     // sent, and not seen by a receiver that should have
  std::uint64_t doubled = 0;     // seen before by that receiver
  std::uint64_t misordered = 0;  // behind a later one of the same sender
  std::uint64_t foreign = 0;     // of no sender of this room and run
  // Receivers that saw other messages than the first one of their room, or in another order.
  std::uint64_t receivers_that_differ = 0;
  std::uint64_t resynced = 0;  // times that a receiver was told that it missed messages
  std::uint64_t refused = 0;
  std::uint64_t unanswered = 0;  // where the server answers
  std::uint64_t connections_lost = 0;
  LatencyHistogram delivery;  // due to delivered
  LatencyHistogram answer;    // due to answered
  LatencyHistogram lateness;  // due to written: how far behind its schedule this program was
  Costs costs;
};

// Runs the load and waits for what is under way. The crowd has settled, see Crowd::settle. INVALID_ARGUMENT, or what is
// wrong with the crowd.
absl::StatusOr<LoadResult> run_load(Crowd& crowd, const RunOptions& options);

// With clients of its own.
absl::StatusOr<LoadResult> run_load(const LoadOptions& options, const Protocol& protocol);

}  // namespace parley::bench
