#include "backend/postgres/batch_notes.h"

#include <cstddef>
#include <string>

namespace parley::backend {

void BatchNotes::messages_stored(std::span<const PendingSend> batch,
                                 std::span<const absl::StatusOr<StoredMessage>> results,
                                 std::chrono::nanoseconds duration, int database_pid) const {
  metrics.batch_messages.record(batch.size());
  metrics.batch_duration.record(duration);
  for (std::size_t index = 0; index < batch.size(); ++index) {
    const CallLimit& limit = batch[index].limit;
    // The texts of a stored message are in its result.
    const auto& result = results[index];
    const std::string& request_id = result.ok() ? result->message.request_id() : batch[index].request.request_id();
    requests.ended("database_request", limit.operation, limit.trace, duration, result.status(),
                   {{"request_id", request_id}, {"batch_messages", batch.size()}, {"database_pid", database_pid}});
  }
}

}  // namespace parley::backend
