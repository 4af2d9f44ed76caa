#include "backend/postgres/worker_pool.h"

#include <limits>
#include <utility>

#include "backend/postgres/database_error.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

absl::Status overloaded() {
  return make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many requests wait for the database");
}

absl::Status shutting_down() {
  return make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "this backend is shutting down");
}

absl::Status too_late() {
  return make_error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                    "the deadline passed before the request was begun");
}

}  // namespace

WorkerPool::WorkerPool(std::size_t workers, std::size_t queue_max, SessionFactory make_session, const Clock& clock,
                       DatabaseMetrics& metrics, const RequestLog& requests)
    : workers_(workers),
      queue_max_(queue_max),
      make_session_(std::move(make_session)),
      clock_(clock),
      metrics_(metrics),
      requests_(requests) {
  threads_.reserve(workers);
  for (std::size_t index = 0; index < workers; ++index) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::open() {
  const std::scoped_lock lock(mutex_);
  if (state_ == State::kClosed) state_ = State::kOpen;
}

void WorkerPool::submit(CallLimit limit, Job job) { enqueue(std::move(limit), std::move(job), queue_max_); }

void WorkerPool::submit_unbounded(Job job) {
  enqueue(CallLimit(), std::move(job), std::numeric_limits<std::size_t>::max());
}

void WorkerPool::submit_later(std::chrono::milliseconds pause, Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::kOpen) {
      later_.emplace(std::chrono::steady_clock::now() + pause, std::move(job));
      return changed_.notify_one();
    }
  }
  // Refused, with the reason.
  submit_unbounded(std::move(job));
}

void WorkerPool::enqueue(CallLimit limit, Job job, std::size_t waiting_max) {
  Waiting next{std::move(limit), std::move(job), clock_.steady_now()};
  if (absl::Status refusal = add(next, waiting_max); !refusal.ok()) return next.job(std::move(refusal));
  changed_.notify_one();
}

absl::Status WorkerPool::add(Waiting& next, std::size_t waiting_max) {
  const std::scoped_lock lock(mutex_);
  if (state_ == State::kStopped) return shutting_down();
  if (state_ == State::kClosed) return database_unavailable();
  if (queue_.size() >= waiting_max) return overloaded();
  queue_.push_back(std::move(next));
  return absl::OkStatus();
}

void WorkerPool::work() {
  const std::unique_ptr<Session> session = make_session_();
  std::unique_lock lock(mutex_);
  while (true) {
    wait_for_job(lock);
    if (state_ == State::kStopped) return;
    Waiting next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    run(next, *session);
    next.job = nullptr;  // its captures go before the lock is taken again
    lock.lock();
  }
}

void WorkerPool::wait_for_job(std::unique_lock<std::mutex>& lock) {
  while (state_ != State::kStopped) {
    while (!later_.empty() && later_.begin()->first <= std::chrono::steady_clock::now()) {
      queue_.push_back({CallLimit(), std::move(later_.begin()->second), clock_.steady_now()});
      later_.erase(later_.begin());
    }
    if (!queue_.empty()) return;
    if (later_.empty()) {
      changed_.wait(lock);
    } else {
      // A copy: the wait refers to it, and another worker may take the job meanwhile.
      const auto next_at = later_.begin()->first;
      changed_.wait_until(lock, next_at);
    }
  }
}

void WorkerPool::run(Waiting& next, Session& session) {
  const auto began = clock_.steady_now();
  const auto waited = began - next.queued_at;
  metrics_.queue_wait.record(waited);
  if (next.limit.is_over(began)) return next.job(too_late());
  metrics_.busy.add(1);
  next.job(&session);
  metrics_.busy.add(-1);
  const auto ran = clock_.steady_now() - began;
  metrics_.jobs.record(ran);
  const Failure failure = session.take_failure();
  // Jobs without a name stand for others, and write of these themselves.
  if (next.limit.operation.empty()) return;
  requests_.ended("database_request", next.limit.operation, next.limit.trace, ran, failure.status,
                  {{"waited_ms", std::chrono::duration<double, std::milli>(waited).count()},
                   {"database_pid", session.database_pid()},
                   {"sqlstate", failure.sqlstate}});
}

std::size_t WorkerPool::waiting() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void WorkerPool::stop() {
  std::deque<Waiting> refused;
  {
    const std::scoped_lock lock(mutex_);
    state_ = State::kStopped;
    refused.swap(queue_);
    for (auto& [time, job] : later_) refused.push_back({CallLimit(), std::move(job), time});
    later_.clear();
  }
  changed_.notify_all();
  for (Waiting& waiting : refused) waiting.job(shutting_down());
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace parley::backend
