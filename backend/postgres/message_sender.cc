#include "backend/postgres/message_sender.h"

#include <algorithm>
#include <utility>

#include "backend/postgres/message_writer.h"
#include "common/errors.h"

namespace parley::backend {

MessageSender::MessageSender(WorkerPool& pool, const Clock& clock, std::size_t batch_messages_max,
                             std::size_t waiting_max)
    : pool_(pool),
      clock_(clock),
      jobs_max_(std::max<std::size_t>(1, pool.workers() / 2)),
      batches_(batch_messages_max, waiting_max) {}

void MessageSender::send(PendingSend send) {
  bool is_added = false;
  bool needs_job = false;
  {
    const std::scoped_lock lock(mutex_);
    is_added = batches_.add(send);
    needs_job = is_added && batches_.has_ready() && jobs_ < jobs_max_;
    if (needs_job) ++jobs_;
  }
  if (!is_added) {
    send.done(make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many messages wait to be stored"));
  } else if (needs_job) {
    pool_.submit_unbounded([this](absl::StatusOr<Session*> session) { run_batch(std::move(session)); });
  }
}

void MessageSender::run_batch(absl::StatusOr<Session*> session) {
  std::vector<PendingSend> batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = batches_.take();
  }
  const std::vector<std::string> rooms = SendBatches::rooms_of(batch);
  store(std::move(session), std::move(batch));
  bool has_more = false;
  {
    const std::scoped_lock lock(mutex_);
    batches_.finish(rooms);
    has_more = batches_.has_ready();
    if (!has_more) --jobs_;
  }
  // Behind the requests that wait meanwhile.
  if (has_more) pool_.submit_unbounded([this](absl::StatusOr<Session*> next) { run_batch(std::move(next)); });
}

void MessageSender::store(absl::StatusOr<Session*> session, std::vector<PendingSend> batch) {
  const auto now = clock_.steady_now();
  const auto late = std::stable_partition(batch.begin(), batch.end(),
                                          [now](const PendingSend& send) { return !send.limit.is_over(now); });
  for (auto send = late; send != batch.end(); ++send) {
    send->done(make_error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                          "the deadline passed before the message was stored"));
  }
  batch.erase(late, batch.end());
  if (batch.empty()) return;
  if (!session.ok()) {
    for (PendingSend& send : batch) send.done(session.status());
    return;
  }
  std::vector<absl::StatusOr<StoredMessage>> results = write_messages(**session, batch);
  for (std::size_t index = 0; index < batch.size(); ++index) batch[index].done(std::move(results[index]));
}

}  // namespace parley::backend
