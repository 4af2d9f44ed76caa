// Group commit: messages that come while a commit is under way share the next one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/postgres/batch_notes.h"
#include "backend/postgres/send_batches.h"
#include "backend/postgres/worker_pool.h"

namespace parley::backend {

// Thread-safe; never blocks. A lone message waits for nobody. What comes while a batch is being stored waits for the
// next one, which takes the messages of all rooms: that costs the database least. The next one begins already while the
// one before is being committed, when enough waits for it; it is committed behind that one, and not at all if that one
// fails. More batches are stored beside it, on at most half of the pool's workers, only when the last one takes long,
// because another backend holds one of its rooms or the disk is slow.
class MessageSender {
 public:
  // `pool` and `clock` outlive the sender; the pool is stopped before it is destroyed.
  MessageSender(WorkerPool& pool, const Clock& clock, std::size_t batch_messages_max, std::size_t waiting_max,
                const BatchNotes& notes);

  // Completions of one room come one after the other, in the order of the offsets; a failure comes before the room's
  // next message is stored.
  void send(PendingSend send);
  // Messages that wait for a batch.
  std::size_t waiting() const;

 private:
  using Results = std::vector<absl::StatusOr<StoredMessage>>;
  // A batch that has been stored, or has failed.
  struct Finished {
    std::vector<PendingSend> messages;
    Results results;
  };
  // A batch under way has its turn from it.
  class Turn;

  bool wants_job() const;
  void submit_job();
  // When what waits now for the batch under way is to be looked at again, from now on: when that has become a long one,
  // for nobody else may come who would. Whoever gets it submits the look; nothing where there is one, or no need.
  std::optional<std::chrono::milliseconds> claim_look();
  void submit_look(std::chrono::milliseconds pause);
  void look(absl::StatusOr<Session*> session);
  void run_batch(absl::StatusOr<Session*> session);
  Finished store(absl::StatusOr<Session*> session, std::vector<PendingSend> messages, Turn& turn);
  // Until the batch with that number is told.
  void tell_until(std::uint64_t ticket, std::unique_lock<std::mutex>& lock);
  void tell_next(std::unique_lock<std::mutex>& lock);

  WorkerPool& pool_;
  const Clock& clock_;
  const std::size_t early_messages_least_;  // so many waiting do not wait for the commit under way
  const std::size_t jobs_max_;
  const BatchNotes notes_;
  mutable std::mutex mutex_;  // guards all below
  SendBatches batches_;
  std::size_t jobs_ = 0;
  std::chrono::steady_clock::time_point last_began_;  // a job
  bool will_look_ = false;                            // a look is submitted
  // Told by one thread at a time, so that their order stays, while others store further batches.
  std::deque<Finished> finished_;
  bool is_telling_ = false;
  std::uint64_t finished_count_ = 0;  // batches that were ever put into finished_
  std::uint64_t told_count_ = 0;      // of those
  std::condition_variable told_;      // and a batch's fate is known
};

}  // namespace parley::backend
