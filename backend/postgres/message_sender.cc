#include "backend/postgres/message_sender.h"

#include <algorithm>
#include <utility>

#include "backend/postgres/message_writer.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

// A batch that takes longer does not keep the others waiting.
constexpr std::chrono::milliseconds kLongBatch{20};
constexpr std::size_t kUntoldMax = 2;  // batches

}  // namespace

MessageSender::MessageSender(WorkerPool& pool, const Clock& clock, std::size_t batch_messages_max,
                             std::size_t waiting_max, const BatchNotes& notes)
    : pool_(pool),
      clock_(clock),
      batch_messages_max_(batch_messages_max),
      jobs_max_(std::max<std::size_t>(1, pool.workers() / 2)),
      notes_(notes),
      batches_(batch_messages_max, waiting_max) {}

void MessageSender::send(PendingSend send) {
  bool is_added = false;
  bool needs_job = false;
  std::optional<std::chrono::milliseconds> look_after;
  {
    const std::scoped_lock lock(mutex_);
    is_added = batches_.add(send);
    needs_job = is_added && wants_job();
    if (needs_job) ++jobs_;
    if (is_added && !needs_job) look_after = claim_look();
  }
  if (!is_added) {
    send.done(make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many messages wait to be stored"));
  } else if (needs_job) {
    submit_job();
  } else if (look_after.has_value()) {
    submit_look(*look_after);
  }
}

std::size_t MessageSender::waiting() const {
  const std::scoped_lock lock(mutex_);
  return batches_.waiting();
}

bool MessageSender::wants_job() const {
  if (!batches_.has_ready() || jobs_ >= jobs_max_) return false;
  return jobs_ == 0 || batches_.waiting() >= batch_messages_max_ || clock_.steady_now() - last_began_ >= kLongBatch;
}

std::optional<std::chrono::milliseconds> MessageSender::claim_look() {
  if (will_look_ || wants_job() || !batches_.has_ready() || jobs_ >= jobs_max_) return std::nullopt;
  will_look_ = true;
  return std::chrono::ceil<std::chrono::milliseconds>(last_began_ + kLongBatch - clock_.steady_now());
}

void MessageSender::submit_job() {
  pool_.submit_unbounded([this](absl::StatusOr<Session*> session) { run_batch(std::move(session)); });
}

void MessageSender::submit_look(std::chrono::milliseconds pause) {
  pool_.submit_later(pause, [this](absl::StatusOr<Session*> session) { look(std::move(session)); });
}

void MessageSender::look(absl::StatusOr<Session*> session) {
  bool runs = false;
  std::optional<std::chrono::milliseconds> look_after;
  {
    const std::scoped_lock lock(mutex_);
    will_look_ = false;
    // Nobody stores any more: the batch under way tells what waits behind it.
    if (!session.ok()) return;
    runs = wants_job();
    if (runs) {
      ++jobs_;
    } else {
      look_after = claim_look();
    }
  }
  if (runs) return run_batch(std::move(session));
  if (look_after.has_value()) submit_look(*look_after);
}

void MessageSender::run_batch(absl::StatusOr<Session*> session) {
  std::vector<PendingSend> batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = batches_.take();
    last_began_ = clock_.steady_now();
  }
  const std::vector<std::string> rooms = SendBatches::rooms_of(batch);
  Finished finished = store(std::move(session), std::move(batch));
  const bool has_failures = std::any_of(finished.results.begin(), finished.results.end(),
                                        [](const absl::StatusOr<StoredMessage>& result) { return !result.ok(); });
  std::unique_lock lock(mutex_);
  finished_.push_back(std::move(finished));
  const std::uint64_t ticket = ++finished_count_;
  // Whoever is told of a failure may still keep back what waits behind it. And nobody stores much faster than the
  // results are told.
  if (has_failures || finished_.size() > kUntoldMax) tell_until(ticket, lock);
  batches_.finish(rooms);
  const bool has_more = batches_.has_ready();
  if (!has_more) --jobs_;
  lock.unlock();
  // On another worker, while this one tells the results; behind the requests that wait meanwhile.
  if (has_more) submit_job();
  lock.lock();
  while (!is_telling_ && !finished_.empty()) tell_next(lock);
}

void MessageSender::tell_until(std::uint64_t ticket, std::unique_lock<std::mutex>& lock) {
  while (told_count_ < ticket) {
    if (is_telling_) {
      told_.wait(lock);
    } else {
      tell_next(lock);
    }
  }
}

void MessageSender::tell_next(std::unique_lock<std::mutex>& lock) {
  is_telling_ = true;
  {
    Finished finished = std::move(finished_.front());
    finished_.pop_front();
    lock.unlock();
    for (std::size_t index = 0; index < finished.batch.size(); ++index) {
      finished.batch[index].done(std::move(finished.results[index]));
    }
  }
  lock.lock();
  ++told_count_;
  is_telling_ = false;
  told_.notify_all();
}

MessageSender::Finished MessageSender::store(absl::StatusOr<Session*> session, std::vector<PendingSend> batch) {
  const auto now = clock_.steady_now();
  const auto late = std::stable_partition(batch.begin(), batch.end(),
                                          [now](const PendingSend& send) { return !send.limit.is_over(now); });
  for (auto send = late; send != batch.end(); ++send) {
    send->done(make_error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                          "the deadline passed before the message was stored"));
  }
  batch.erase(late, batch.end());
  Finished finished{.batch = std::move(batch), .results = {}};
  if (finished.batch.empty()) return finished;
  if (session.ok()) {
    finished.results = write_messages(**session, finished.batch);
    notes_.messages_stored(finished.batch, finished.results, clock_.steady_now() - now, (*session)->database_pid());
  } else {
    finished.results.assign(finished.batch.size(), session.status());
  }
  return finished;
}

}  // namespace parley::backend
