// Requests of one kind that come while a commit is under way share the next one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/postgres/batch_notes.h"
#include "backend/postgres/worker_pool.h"
#include "common/clock.h"
#include "common/errors.h"

namespace parley::backend {

// For requests whose order does not matter; for messages, see MessageSender. Request: a CallLimit `limit`, and a
// Completion<Result> `done`. Thread-safe; never blocks. A lone request waits for nobody. Batches are stored beside each
// other, on at most a third of the pool's workers, when a whole one waits or when the last one takes long.
template <typename Request, typename Result>
class GroupCommit {
 public:
  // A result for each request, in their order.
  using Write = std::function<std::vector<absl::StatusOr<Result>>(Session&, std::span<const Request>)>;

  // `pool` and `clock` outlive this; the pool is stopped before it is destroyed. `waiting_max`: more are OVERLOADED.
  GroupCommit(WorkerPool& pool, const Clock& clock, std::size_t batch_max, std::size_t waiting_max, Write write,
              const BatchNotes& notes)
      : pool_(pool),
        clock_(clock),
        batch_max_(batch_max),
        waiting_max_(waiting_max),
        jobs_max_(std::max<std::size_t>(1, pool.workers() / 3)),
        write_(std::move(write)),
        notes_(notes) {}

  void add(Request request) {
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= waiting_max_) {
      lock.unlock();
      return request.done(make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many requests wait"));
    }
    waiting_.push_back(std::move(request));
    if (!wants_job()) return;
    ++jobs_;
    lock.unlock();
    submit_job();
  }

 private:
  // A batch that takes longer does not keep the others waiting.
  static constexpr std::chrono::milliseconds kLongBatch{20};

  bool wants_job() const {
    if (waiting_.empty() || jobs_ >= jobs_max_) return false;
    return jobs_ == 0 || waiting_.size() >= batch_max_ || clock_.steady_now() - last_began_ >= kLongBatch;
  }

  void submit_job() {
    pool_.submit_unbounded([this](absl::StatusOr<Session*> session) { run_batch(session); });
  }

  void run_batch(absl::StatusOr<Session*> session) {
    const auto now = clock_.steady_now();
    std::vector<Request> batch = take(now);
    const auto late = std::stable_partition(batch.begin(), batch.end(),
                                            [now](const Request& request) { return !request.limit.is_over(now); });
    for (auto request = late; request != batch.end(); ++request) {
      request->done(make_error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                               "the deadline passed before the request was begun"));
    }
    batch.erase(late, batch.end());
    std::vector<absl::StatusOr<Result>> results;
    if (!session.ok()) {
      results.assign(batch.size(), session.status());
    } else if (!batch.empty()) {
      results = write_(**session, batch);
      notes_.stored(batch, results, clock_.steady_now() - now, (*session)->database_pid());
    }
    if (goes_on()) submit_job();
    for (std::size_t index = 0; index < batch.size(); ++index) batch[index].done(std::move(results[index]));
  }

  std::vector<Request> take(std::chrono::steady_clock::time_point now) {
    const std::scoped_lock lock(mutex_);
    last_began_ = now;
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), batch_max_));
    std::vector<Request> batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return batch;
  }

  // False: this job is the last one.
  bool goes_on() {
    const std::scoped_lock lock(mutex_);
    if (waiting_.empty()) --jobs_;
    return !waiting_.empty();
  }

  WorkerPool& pool_;
  const Clock& clock_;
  const std::size_t batch_max_;
  const std::size_t waiting_max_;
  const std::size_t jobs_max_;
  const Write write_;
  const BatchNotes notes_;
  std::mutex mutex_;              // guards all below
  std::vector<Request> waiting_;  // oldest first
  std::size_t jobs_ = 0;
  std::chrono::steady_clock::time_point last_began_;  // a job
};

}  // namespace parley::backend
