#include "gateway/backend/attach_stream.h"

#include <algorithm>
#include <utility>

namespace parley::gateway {

AttachStream::AttachStream(Executor& executor, Handlers handlers)
    : executor_(executor), handlers_(std::make_shared<Handlers>(std::move(handlers))) {}

std::shared_ptr<AttachStream> AttachStream::start(const BackendPool& pool, std::size_t backend, Executor& executor,
                                                  Handlers handlers) {
  std::shared_ptr<AttachStream> stream(new AttachStream(executor, std::move(handlers)));
  stream->self_ = stream;
  pool.authorize(stream->context_);
  pool.at(backend).gateway->async()->Attach(&stream->context_, stream.get());
  // Writes start outside of the reactions, and reads may pause: without a hold the stream could end under them.
  stream->AddHold();
  stream->StartRead(&stream->read_);
  stream->StartCall();
  return stream;
}

void AttachStream::write(pb::AttachRequest request) {
  const std::lock_guard lock(mutex_);
  if (read_ended_) return;
  written_ = std::move(request);
  StartWrite(&written_);
}

void AttachStream::cancel() { context_.TryCancel(); }

void AttachStream::OnReadDone(bool ok) {
  const std::size_t weight = std::max<std::size_t>(1, static_cast<std::size_t>(read_.events().events_size()));
  {
    const std::lock_guard lock(mutex_);
    read_ended_ = !ok;
    under_way_ += ok ? weight : 0;
  }
  if (!ok) return RemoveHold();
  // Whoever holds the ticket keeps the stream's memory, not the stream.
  std::shared_ptr<void> ticket(nullptr,
                               [stream = shared_from_this(), weight](void*) { stream->ticket_returned(weight); });
  executor_.post([handlers = handlers_, item = std::move(read_), ticket = std::move(ticket)]() mutable {
    handlers->item(std::move(item), std::move(ticket));
  });
  read_.Clear();
  {
    const std::lock_guard lock(mutex_);
    read_paused_ = under_way_ >= kEventsUnderWayMax;
    if (read_paused_) return;
  }
  StartRead(&read_);
}

void AttachStream::ticket_returned(std::size_t weight) {
  {
    const std::lock_guard lock(mutex_);
    under_way_ -= weight;
    if (!read_paused_ || under_way_ > kEventsUnderWayMax / 2) return;
    read_paused_ = false;
  }
  StartRead(&read_);
}

void AttachStream::OnWriteDone(bool ok) {
  if (ok) executor_.post([handlers = handlers_] { handlers->written(); });
}

void AttachStream::OnDone(const grpc::Status& status) {
  executor_.post([handlers = handlers_, status] { handlers->ended(status); });
  self_.reset();
}

}  // namespace parley::gateway
