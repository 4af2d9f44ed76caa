#include "gateway/backend/send_link.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "common/errors.h"
#include "common/text_rules.h"
#include "gateway/backend/send_answers.h"

namespace parley::gateway {
namespace {

// A valid request is smaller: its texts have limits.
constexpr std::size_t kMessageBytesMax = 20'480;
// A backend takes 256 KiB.
constexpr std::size_t kWriteBytesMax = 200 * 1024;
constexpr int kWriteItemsMax = 1'024;
constexpr std::chrono::milliseconds kSweepInterval(50);
constexpr std::chrono::milliseconds kUnaryTime(10'000);

absl::Status shutting_down() {
  return make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the gateway is shutting down");
}

absl::Status too_late() {
  return make_error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", "no backend has answered in time");
}

void set_duration(google::protobuf::Duration& duration, std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  duration.set_seconds(seconds.count());
  duration.set_nanos(static_cast<std::int32_t>((time - seconds).count()));
}

}  // namespace

SendLink::SendLink(BackendPool& pool, boost::asio::io_context& context, RandomSource& random, SendLinkOptions options,
                   SendLanes::Call unary)
    : pool_(pool),
      context_(context),
      random_(random),
      options_(options),
      lanes_(std::move(unary)),
      retry_timer_(context),
      sweep_timer_(context) {}

SendLink::~SendLink() { assert(messages_.empty() && stream_ == nullptr); }

bool SendLink::takes(const pb::SendMessageRequest& request) {
  const auto is_text = [](const std::string& text) { return count_code_points(text) != std::string::npos; };
  return request.ByteSizeLong() <= kMessageBytesMax && is_text(request.room()) &&
         is_text(request.author().author_id()) && is_text(request.author().name()) && is_text(request.request_id()) &&
         is_text(request.body()) && is_text(request.client_time());
}

void SendLink::send(pb::SendMessageRequest request, const CallOrigin& origin,
                    Completion<pb::SendMessageResponse> done) {
  Message message;
  message.request = std::move(request);
  message.executor = &origin.executor;
  message.trace = origin.trace;
  message.done = std::move(done);
  message.deadline = Clock::now() + options_.call_deadline;
  absl::Status refusal;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      refusal = shutting_down();
    } else if (under_way_.load(std::memory_order_relaxed) >= options_.waiting_max) {
      refusal = make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many messages wait for a backend");
    } else {
      under_way_.fetch_add(1, std::memory_order_relaxed);
      is_first = inbox_.empty();
      inbox_.push_back(std::move(message));
    }
  }
  if (!refusal.ok()) return SendAnswers().add(message, std::move(refusal));
  if (is_first) boost::asio::post(context_, [this] { take_inbox(); });
}

void SendLink::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    // For what is to be done on the context.
    under_way_.fetch_add(1, std::memory_order_relaxed);
  }
  boost::asio::post(context_, [this] {
    stopping_ = true;
    take_inbox();
    retry_timer_.cancel();
    sweep_timer_.cancel();
    if (stream_ != nullptr) return stream_->cancel();
    end_all();
  });
}

void SendLink::end_all() {
  {
    SendAnswers answers;
    for (Message& message : messages_) {
      if (!message.is_answered) answers.add(message, shutting_down());
    }
    under_way_.fetch_sub(static_cast<std::size_t>(
        std::count_if(messages_.begin(), messages_.end(), [](const Message& one) { return !one.is_answered; })));
    messages_.clear();
  }
  under_way_.fetch_sub(1, std::memory_order_release);
}

void SendLink::take_inbox() {
  std::vector<Message> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(inbox_);
  }
  const bool is_unary = !lanes_.empty() || Clock::now() < unary_until_;
  for (Message& message : taken) {
    if (is_unary && !stopping_) {
      send_alone(std::move(message));
    } else {
      messages_.push_back(std::move(message));
    }
  }
  pump();
}

void SendLink::pump() {
  if (stopping_ || messages_.empty()) return;
  arm_sweep();
  if (stream_ == nullptr && !pausing_) begin_stream();
  if (stream_ == nullptr || writing_ || moving_ || gives_up_) return;
  if (pool_.current() != backend_) {
    // What is on this stream is answered first, or given up: else it could be stored behind what is on the next.
    moving_ = unanswered_ == 0;
    if (moving_) stream_->cancel();
    return;
  }
  if (sent_ < messages_.size()) write_some();
}

void SendLink::begin_stream() {
  backend_ = pool_.current();
  SendStream::Handlers handlers;
  handlers.answered = [this](pb::SendMessagesResponse response) { answered(std::move(response)); };
  handlers.written = [this] {
    writing_ = false;
    pump();
  };
  handlers.ended = [this](const grpc::Status& status) { ended(status); };
  stream_ = SendStream::start(pool_, backend_, context_, std::move(handlers));
}

void SendLink::write_some() {
  const Clock::time_point now = Clock::now();
  pb::SendMessagesRequest request;
  std::size_t bytes = 0;
  while (sent_ < messages_.size() && request.items_size() < kWriteItemsMax && bytes < kWriteBytesMax) {
    Message& message = messages_[sent_];
    message.sent_at = now;
    pb::SendMessagesItem& item = *request.add_items();
    item.set_item_id(first_id_ + static_cast<std::int64_t>(sent_));
    *item.mutable_request() = message.request;
    set_duration(*item.mutable_timeout(), message.deadline - now);
    item.set_traceparent(format_traceparent(message.trace));
    bytes += item.ByteSizeLong();
    ++sent_;
    ++unanswered_;
  }
  writing_ = true;
  stream_->write(std::move(request));
}

void SendLink::answered(pb::SendMessagesResponse response) {
  last_error_ = absl::OkStatus();
  pauses_.reset();
  {
    SendAnswers answers;
    for (pb::SendMessagesResult& result : *response.mutable_results()) {
      const std::int64_t index = result.item_id() - first_id_;
      // One that is not known any more was too late.
      if (index < 0 || index >= static_cast<std::int64_t>(sent_)) continue;
      Message& message = messages_[static_cast<std::size_t>(index)];
      if (std::exchange(message.is_answered, true)) continue;
      --unanswered_;
      under_way_.fetch_sub(1, std::memory_order_relaxed);
      answers.add(message, make_answer(message.request, result));
    }
  }
  drop_answered();
  pump();
}

void SendLink::drop_answered() {
  while (!messages_.empty() && messages_.front().is_answered) {
    messages_.pop_front();
    ++first_id_;
    sent_ -= sent_ > 0 ? 1 : 0;
  }
}

void SendLink::ended(const grpc::Status& status) {
  stream_.reset();
  writing_ = false;
  const bool was_moving = std::exchange(moving_, false);
  const bool gave_up = std::exchange(gives_up_, false);
  std::erase_if(messages_, [](const Message& message) { return message.is_answered; });
  sent_ = 0;
  unanswered_ = 0;
  if (stopping_) return end_all();
  if (was_moving || messages_.empty()) return pump();
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return fall_back();
  retry(gave_up ? grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "no answer in time") : status);
}

void SendLink::retry(const grpc::Status& status) {
  last_error_ = status.ok() ? to_call_error(grpc::Status(grpc::StatusCode::UNAVAILABLE, "")) : to_call_error(status);
  // ABORTED: the outcome is unknown, and asking again finds it out.
  if (status.error_code() != grpc::StatusCode::ABORTED) pool_.move_on(backend_);
  const std::chrono::milliseconds pause = pauses_.next(random_);
  expire(Clock::now() + pause);
  if (messages_.empty()) return;
  pausing_ = true;
  retry_timer_.expires_after(pause);
  retry_timer_.async_wait([this](const boost::system::error_code& error) {
    pausing_ = false;
    if (!error) pump();
  });
}

void SendLink::fall_back() {
  unary_until_ = Clock::now() + kUnaryTime;
  for (Message& message : messages_) send_alone(std::move(message));
  messages_.clear();
}

void SendLink::send_alone(OutgoingMessage message) {
  message.done = [this, done = std::move(message.done)](Answer answer) mutable {
    done(std::move(answer));
    under_way_.fetch_sub(1, std::memory_order_release);
  };
  lanes_.add(std::move(message));
}

void SendLink::arm_sweep() {
  if (std::exchange(sweeping_, true)) return;
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    sweeping_ = false;
    if (!error) sweep();
  });
}

void SendLink::sweep() {
  const Clock::time_point now = Clock::now();
  expire(now);
  if (messages_.empty()) return;
  const Message& oldest = messages_.front();
  const bool waits = sent_ > 0 && stream_ != nullptr && !gives_up_ && !moving_;
  if (waits && now - oldest.sent_at >= attempt_share(oldest.deadline - oldest.sent_at, pool_.size() > 1)) {
    gives_up_ = true;
    stream_->cancel();
  }
  pump();
  arm_sweep();
}

void SendLink::expire(Clock::time_point until) {
  SendAnswers answers;
  while (!messages_.empty() && (messages_.front().is_answered || messages_.front().deadline <= until)) {
    Message& message = messages_.front();
    if (!message.is_answered) {
      answers.add(message, last_error_.ok() ? too_late() : last_error_);
      under_way_.fetch_sub(1, std::memory_order_relaxed);
      if (sent_ > 0) --unanswered_;
    }
    messages_.pop_front();
    ++first_id_;
    sent_ -= sent_ > 0 ? 1 : 0;
  }
}

}  // namespace parley::gateway
