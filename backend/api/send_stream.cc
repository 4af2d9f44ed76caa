#include "backend/api/send_stream.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/errors.h"

namespace parley::backend {
namespace {

std::chrono::nanoseconds to_nanoseconds(const google::protobuf::Duration& duration) {
  constexpr std::int64_t kSecondsMax = 1'000'000'000;  // 30 years, and no overflow
  const std::int64_t seconds = std::clamp<std::int64_t>(duration.seconds(), -kSecondsMax, kSecondsMax);
  return std::chrono::seconds(seconds) + std::chrono::nanoseconds(duration.nanos());
}

// The gateway is to send it again: it may be stored then, or is stored already.
bool is_in_doubt(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kAborted;
}

void fill(const absl::StatusOr<SentMessage>& sent, pb::SendMessagesResult& result) {
  if (!sent.ok()) {
    result.mutable_failure()->set_code(static_cast<int>(sent.status().code()));
    result.mutable_failure()->set_reason(std::string(error_reason(sent.status())));
    result.mutable_failure()->set_message(std::string(sent.status().message()));
    return;
  }
  const pb::Message& message = sent->event->message();
  if (!sent->is_new) {
    *result.mutable_repeated_message()->mutable_message() = message;
    result.mutable_repeated_message()->set_epoch(sent->event->position().epoch());
    return;
  }
  result.mutable_stored()->set_offset(message.offset());
  *result.mutable_stored()->mutable_create_time() = message.create_time();
  result.mutable_stored()->set_epoch(sent->event->position().epoch());
}

}  // namespace

grpc::ServerBidiReactor<pb::SendMessagesRequest, pb::SendMessagesResponse>* SendStream::start(
    StreamEnvironment& environment, const absl::StatusOr<CallCaller>& caller, ChatRooms& chat,
    const SendStreamOptions& options) {
  const auto stream = std::make_shared<SendStream>(environment, chat, options);
  if (stream->open(stream, caller)) stream->read();
  return stream.get();
}

void SendStream::end(absl::Status status) {
  if (!status.ok() && error_reason(status) != "SHUTTING_DOWN") return OutgoingStream::end(std::move(status));
  {
    const std::scoped_lock lock(mutex());
    if (!last_.has_value()) last_ = std::move(status);
  }
  pump();
}

void SendStream::read() {
  const std::scoped_lock lock(mutex());
  if (!is_finished() && !final_.has_value() && !last_.has_value()) StartRead(&request_);
}

void SendStream::OnReadDone(bool ok) {
  if (!ok) return end(absl::OkStatus());
  {
    const std::scoped_lock lock(mutex());
    if (last_.has_value()) return;
    under_way_ += static_cast<std::size_t>(request_.items_size());
  }
  const TimePoint now = std::chrono::steady_clock::now();
  for (pb::SendMessagesItem& item : *request_.mutable_items()) take(item, now);
  {
    const std::scoped_lock lock(mutex());
    read_paused_ = under_way_ >= options_.under_way_max;
    if (read_paused_) return;
  }
  read();
}

void SendStream::take(pb::SendMessagesItem& item, TimePoint now) {
  const auto timeout = std::min<std::chrono::nanoseconds>(to_nanoseconds(item.timeout()), options_.call_limit);
  const Item under_way{
      .id = item.item_id(), .trace = parse_traceparent(item.traceparent()).value_or(TraceContext()), .read_at = now};
  CallLimit limit{.deadline = now + timeout,
                  .cancelled = cancelled_,
                  .operation = name_of(ApiMethod::kSendMessages),
                  .trace = under_way.trace};
  const std::weak_ptr<OutgoingStream> weak = weak_from_this();
  chat_.send(std::move(*item.mutable_request()), std::move(limit),
             [weak, under_way](const absl::StatusOr<SentMessage>& sent) {
               if (const auto held = weak.lock()) static_cast<SendStream&>(*held).answered(under_way, sent);
             });
}

void SendStream::answered(const Item& item, const absl::StatusOr<SentMessage>& sent) {
  notes().answered(ApiMethod::kSendMessages, item.trace, std::chrono::steady_clock::now() - item.read_at,
                   sent.status());
  if (!sent.ok() && is_in_doubt(sent.status())) {
    // First, because the next batch of the room may begin as soon as this returns.
    cancelled_->store(true);
    return OutgoingStream::end(sent.status());
  }
  bool resumes = false;
  {
    const std::scoped_lock lock(mutex());
    --under_way_;
    // What was dropped because of the cancellation is in doubt as well.
    if (cancelled_->load() && !sent.ok()) return;
    pb::SendMessagesResult& result = *waiting_.add_results();
    result.set_item_id(item.id);
    fill(sent, result);
    resumes = read_paused_ && under_way_ <= options_.under_way_max / 2;
    if (resumes) read_paused_ = false;
  }
  pump();
  if (resumes) read();
}

bool SendStream::next(pb::SendMessagesResponse& response) {
  if (waiting_.results().empty()) {
    if (under_way_ == 0) final_ = last_;
    return false;
  }
  response.Clear();
  response.Swap(&waiting_);
  return true;
}

void SendStream::closed() { cancelled_->store(true); }

}  // namespace parley::backend
