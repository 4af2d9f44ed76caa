// What the workers have done in the database.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "backend/postgres/database_error.h"
#include "common/metrics/counter.h"
#include "common/metrics/histogram.h"

namespace parley::backend {

inline constexpr auto kFailureKindNames = std::to_array<std::string_view>(
    {"connection", "in_doubt", "retry", "data", "read_only", "busy", "other", "abandoned"});

// Thread-safe.
struct DatabaseMetrics {
  Gauge busy;                        // workers with a job
  DurationHistogram queue_wait;      // of jobs, for a worker
  DurationHistogram jobs;            // from a job's begin to its end, what waits for its answer included
  CountHistogram batch_messages;     // messages of a group commit
  DurationHistogram batch_duration;  // of a group commit, from its first statement to its commit
  Counter connections_made;
  Counter connections_lost;                                // or could not be made
  std::array<Counter, kFailureKindNames.size()> failures;  // of pieces of work, by FailureKind

  void note_failure(FailureKind kind) { failures[static_cast<std::size_t>(kind)].add(); }
};

}  // namespace parley::backend
