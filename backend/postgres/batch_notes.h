// Where group commits are written down.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/postgres/database_metrics.h"
#include "backend/postgres/send_batches.h"
#include "common/request_log.h"

namespace parley::backend {

// Thread-safe; what it refers to outlives it. A batch is committed, or has failed: each of it is a request of the log.
struct BatchNotes {
  DatabaseMetrics& metrics;
  const RequestLog& requests;

  // Of messages.
  void messages_stored(std::span<const PendingSend> batch, std::span<const absl::StatusOr<StoredMessage>> results,
                       std::chrono::nanoseconds duration, int database_pid) const;
  // Of anything else: Request has a CallLimit `limit`.
  template <typename Request, typename Result>
  void stored(const std::vector<Request>& batch, const std::vector<absl::StatusOr<Result>>& results,
              std::chrono::nanoseconds duration, int database_pid) const {
    for (std::size_t index = 0; index < batch.size(); ++index) {
      const CallLimit& limit = batch[index].limit;
      requests.ended("database_request", limit.operation, limit.trace, duration, results[index].status(),
                     {{"batch_requests", batch.size()}, {"database_pid", database_pid}});
    }
  }
};

}  // namespace parley::backend
