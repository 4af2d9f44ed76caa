#include "backend/postgres/message_sender.h"

#include <algorithm>
#include <utility>

#include "backend/postgres/database_error.h"
#include "backend/postgres/message_writer.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

// Of a whole batch: less than that waits for the commit under way, and gathers.
constexpr std::size_t kEarlyShare = 4;
// A batch that takes longer does not keep the others waiting.
constexpr std::chrono::milliseconds kLongBatch{20};
constexpr std::size_t kUntoldMax = 2;  // batches

bool has_failed(const absl::StatusOr<StoredMessage>& result) { return !result.ok(); }

}  // namespace

class MessageSender::Turn final : public CommitTurn {
 public:
  // Both outlive it.
  Turn(MessageSender& sender, const SendBatch& batch) : sender_(sender), batch_(batch) {}

  // What has begun behind a commit that failed holds locks which the next attempt needs: it is to give up now.
  void begin() override {
    if (!is_announced_) return;
    const std::scoped_lock lock(sender_.mutex_);
    *batch_.fate = BatchFate::kFailed;
    sender_.told_.notify_all();
  }

  absl::Status wait() override {
    std::unique_lock lock(sender_.mutex_);
    for (const auto& fate : batch_.before) {
      sender_.told_.wait(lock, [&fate] { return *fate != BatchFate::kOpen; });
      if (*fate == BatchFate::kFailed) return database_unavailable();
    }
    return absl::OkStatus();
  }

  void all_but_committed() override {
    if (std::exchange(is_announced_, true)) return;
    {
      const std::scoped_lock lock(sender_.mutex_);
      sender_.batches_.commit(batch_);
      is_passed_on_ = sender_.batches_.has_ready() && sender_.jobs_ < sender_.jobs_max_ &&
                      sender_.batches_.waiting() >= sender_.early_messages_least_;
      if (is_passed_on_) ++sender_.jobs_;
    }
    if (is_passed_on_) sender_.submit_job();
  }

  // The next job is submitted already.
  bool is_passed_on() const { return is_passed_on_; }

 private:
  MessageSender& sender_;
  const SendBatch& batch_;
  bool is_announced_ = false;
  bool is_passed_on_ = false;
};

MessageSender::MessageSender(WorkerPool& pool, const Clock& clock, std::size_t batch_messages_max,
                             std::size_t waiting_max, const BatchNotes& notes)
    : pool_(pool),
      clock_(clock),
      early_messages_least_(std::max<std::size_t>(2, batch_messages_max / kEarlyShare)),
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
  return jobs_ == 0 || clock_.steady_now() - last_began_ >= kLongBatch;
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
  SendBatch batch;
  std::optional<std::chrono::milliseconds> look_after;
  {
    const std::scoped_lock lock(mutex_);
    batch = batches_.take();
    last_began_ = clock_.steady_now();
    // At what was too much for one batch.
    look_after = claim_look();
  }
  if (look_after.has_value()) submit_look(*look_after);
  Turn turn(*this, batch);
  Finished finished = store(std::move(session), std::move(batch.messages), turn);
  const bool has_failures = std::any_of(finished.results.begin(), finished.results.end(), has_failed);
  std::unique_lock lock(mutex_);
  finished_.push_back(std::move(finished));
  const std::uint64_t ticket = ++finished_count_;
  // Whoever is told of a failure may still keep back what waits behind it. And nobody stores much faster than the
  // results are told.
  if (has_failures || finished_.size() > kUntoldMax) tell_until(ticket, lock);
  *batch.fate = has_failures ? BatchFate::kFailed : BatchFate::kStored;
  batches_.finish(batch);
  told_.notify_all();
  const bool has_more = batches_.has_ready() && !turn.is_passed_on();
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
    for (std::size_t index = 0; index < finished.messages.size(); ++index) {
      finished.messages[index].done(std::move(finished.results[index]));
    }
  }
  lock.lock();
  ++told_count_;
  is_telling_ = false;
  told_.notify_all();
}

MessageSender::Finished MessageSender::store(absl::StatusOr<Session*> session, std::vector<PendingSend> messages,
                                             Turn& turn) {
  const auto now = clock_.steady_now();
  const auto late = std::stable_partition(messages.begin(), messages.end(),
                                          [now](const PendingSend& send) { return !send.limit.is_over(now); });
  for (auto send = late; send != messages.end(); ++send) {
    send->done(make_error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                          "the deadline passed before the message was stored"));
  }
  messages.erase(late, messages.end());
  Finished finished{.messages = std::move(messages), .results = {}};
  if (finished.messages.empty()) return finished;
  if (session.ok()) {
    finished.results = write_messages(**session, finished.messages, turn);
    notes_.messages_stored(finished.messages, finished.results, clock_.steady_now() - now, (*session)->database_pid());
  } else {
    finished.results.assign(finished.messages.size(), session.status());
  }
  return finished;
}

}  // namespace parley::backend
