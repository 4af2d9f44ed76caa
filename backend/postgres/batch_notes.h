// Where group commits are written down.
#pragma once

#include <chrono>
#include <span>

#include "absl/status/statusor.h"
#include "backend/postgres/database_metrics.h"
#include "backend/postgres/send_batches.h"
#include "common/request_log.h"

namespace parley::backend {

// Thread-safe; what it refers to outlives it.
struct BatchNotes {
  DatabaseMetrics& metrics;
  const RequestLog& requests;

  // A batch is committed, or has failed. Each message of it is a request of the log.
  void stored(std::span<const PendingSend> batch, std::span<const absl::StatusOr<StoredMessage>> results,
              std::chrono::nanoseconds duration, int database_pid) const;
};

}  // namespace parley::backend
