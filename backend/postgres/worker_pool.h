// Threads with a database connection each, behind one bounded queue.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "backend/chat/call_limit.h"
#include "backend/postgres/database_metrics.h"
#include "backend/postgres/session.h"
#include "common/clock.h"
#include "common/request_log.h"

namespace parley::backend {

// Thread-safe. submit() never blocks.
class WorkerPool {
 public:
  // Called exactly once: with a session on one of the pool's threads, or with the reason why not (OVERLOADED and
  // SHUTTING_DOWN on the caller's thread).
  using Job = absl::AnyInvocable<void(absl::StatusOr<Session*>)>;
  using SessionFactory = std::function<std::unique_ptr<Session>()>;

  // Until open(), jobs are refused with DATABASE_UNAVAILABLE. `clock`, `metrics` and `requests` outlive the pool.
  WorkerPool(std::size_t workers, std::size_t queue_max, SessionFactory make_session, const Clock& clock,
             DatabaseMetrics& metrics, const RequestLog& requests);
  ~WorkerPool();

  void open();
  // Jobs whose limit passes while they wait get DEADLINE_EXCEEDED and no session.
  void submit(CallLimit limit, Job job);
  // For jobs that stand for others which are bounded elsewhere: not counted against the queue's limit.
  void submit_unbounded(Job job);
  // The same, after a while. It counts as waiting from then on.
  void submit_later(std::chrono::milliseconds pause, Job job);
  // Lets running jobs end, fails waiting ones with SHUTTING_DOWN, joins the threads. Idempotent.
  void stop();

  std::size_t workers() const { return workers_; }
  // Jobs that wait for a worker.
  std::size_t waiting() const;

 private:
  enum class State { kClosed, kOpen, kStopped };
  struct Waiting {
    CallLimit limit;
    Job job;
    std::chrono::steady_clock::time_point queued_at;
  };

  void enqueue(CallLimit limit, Job job, std::size_t waiting_max);
  // Takes `next` only when OK.
  absl::Status add(Waiting& next, std::size_t waiting_max);
  void work();
  // Until there is a job in the queue, or the pool is stopped.
  void wait_for_job(std::unique_lock<std::mutex>& lock);
  void run(Waiting& next, Session& session);

  const std::size_t workers_;
  const std::size_t queue_max_;
  const SessionFactory make_session_;
  const Clock& clock_;
  DatabaseMetrics& metrics_;
  const RequestLog& requests_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  std::multimap<std::chrono::steady_clock::time_point, Job> later_;  // by when they join the queue
  State state_ = State::kClosed;
  std::vector<std::thread> threads_;
};

}  // namespace parley::backend
