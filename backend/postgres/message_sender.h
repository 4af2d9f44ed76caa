// Group commit: messages that come while a commit is under way share the next one.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "backend/postgres/send_batches.h"
#include "backend/postgres/worker_pool.h"

namespace parley::backend {

// Thread-safe; never blocks. A lone message waits for nobody. At most half of the pool's workers commit at a time, so
// that the others are free for reads, and batches grow under load.
class MessageSender {
 public:
  // `pool` and `clock` outlive the sender; the pool is stopped before it is destroyed.
  MessageSender(WorkerPool& pool, const Clock& clock, std::size_t batch_messages_max, std::size_t waiting_max);

  // Completions of one room come one after the other, in the order of the offsets.
  void send(PendingSend send);

 private:
  void run_batch(absl::StatusOr<Session*> session);
  void store(absl::StatusOr<Session*> session, std::vector<PendingSend> batch);

  WorkerPool& pool_;
  const Clock& clock_;
  const std::size_t jobs_max_;
  std::mutex mutex_;
  SendBatches batches_;
  std::size_t jobs_ = 0;
};

}  // namespace parley::backend
