#include "gateway/backend/grpc_chat_calls.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/errors.h"
#include "common/grpc_status.h"

namespace parley::gateway {
namespace {

using Clock = std::chrono::steady_clock;  // a call takes as long as it takes, whatever becomes of the time of day

constexpr std::chrono::milliseconds kFirstPause(20);
constexpr std::chrono::milliseconds kLongestPause(1'000);
constexpr std::chrono::milliseconds kShortestAttempt(500);

// Not by std::chrono::system_clock: gRPC would take the time of day a second time to make this of it.
gpr_timespec grpc_deadline(Clock::duration from_now) {
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(from_now).count();
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(nanoseconds, GPR_TIMESPAN));
}

// Nobody answered: a backend's own errors have details. Besides UNAVAILABLE these are what gRPC makes of a server that
// ends, or of a connection that breaks, in the middle of a call.
bool is_of_transport(const grpc::Status& status) {
  if (!status.error_details().empty()) return false;
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL: return true;
    default: return false;
  }
}

// The attempt may have been carried out, or be so later.
bool leaves_in_doubt(const grpc::Status& status) {
  return is_of_transport(status) || status.error_code() == grpc::StatusCode::ABORTED ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

}  // namespace

// One call with its attempts. Attempts follow one another, so that nothing here is used by two threads at once but
// `context_` for its cancellation.
template <class Request, class Response>
class GrpcChatCalls::Call : public std::enable_shared_from_this<Call<Request, Response>> {
 public:
  using Method = void (pb::ChatService::StubInterface::async_interface::*)(grpc::ClientContext*, const Request*,
                                                                           Response*,
                                                                           std::function<void(grpc::Status)>);

  Call(GrpcChatCalls& owner, Method method, Request request, Executor& executor, AttemptsCompletion<Response> done)
      : owner_(owner),
        method_(method),
        request_(std::move(request)),
        executor_(executor),
        done_(std::move(done)),
        deadline_(Clock::now() + owner.call_deadline_),
        backend_(owner.pool_.current()) {}

  void start() {
    const bool entered = owner_.enter(this, [weak = this->weak_from_this()] {
      if (const auto call = weak.lock()) call->cancel();
    });
    if (entered) return attempt();
    finish(make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the gateway is shutting down"));
  }

 private:
  void attempt() {
    {
      const std::lock_guard lock(mutex_);
      context_ = std::make_unique<grpc::ClientContext>();
      if (cancelled_) context_->TryCancel();
    }
    // With another backend to turn to, one that hangs gets only half of what is left.
    const auto left = deadline_ - Clock::now();
    const auto share = owner_.pool_.size() > 1 ? std::max<Clock::duration>(left / 2, kShortestAttempt) : left;
    context_->set_deadline(grpc_deadline(std::min(left, share)));
    response_.Clear();
    auto* stub = owner_.pool_.at(backend_).chat->async();
    (stub->*method_)(context_.get(), &request_, &response_,
                     [self = this->shared_from_this()](const grpc::Status& status) { self->answered(status); });
  }

  void answered(const grpc::Status& status) {
    if (status.ok()) return finish(std::move(response_));
    if (leaves_in_doubt(status)) attempts_ = Attempts::kSomeUnanswered;
    // ABORTED: the outcome is unknown, and asking again finds it out.
    const bool another = is_of_transport(status) || status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                         status.error_code() == grpc::StatusCode::ABORTED ||
                         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
    const auto pause = next_pause();
    if (!another || is_cancelled() || Clock::now() + pause >= deadline_) return finish(from_status(status));
    if (status.error_code() != grpc::StatusCode::ABORTED) backend_ = owner_.pool_.move_on(backend_);
    boost::asio::post(owner_.timers_, [self = this->shared_from_this(), pause] {
      self->timer_ = std::make_unique<boost::asio::steady_timer>(self->owner_.timers_, pause);
      self->timer_->async_wait([self](const boost::system::error_code&) { self->attempt(); });
    });
  }

  static absl::Status from_status(const grpc::Status& status) {
    if (!is_of_transport(status)) return from_grpc_status(status);
    return make_error(absl::StatusCode::kUnavailable, "BACKEND_UNAVAILABLE", "no backend can be reached");
  }

  // The first one is at once: most failures are one backend's.
  std::chrono::milliseconds next_pause() {
    const std::chrono::milliseconds pause = pause_;
    pause_ = std::min(kLongestPause, pause_ == std::chrono::milliseconds(0) ? kFirstPause : pause_ * 2);
    const auto most = static_cast<std::uint64_t>(pause.count());
    return std::chrono::milliseconds(most / 2 + random_below(owner_.random_, most / 2 + 1));
  }

  void finish(absl::StatusOr<Response> result) {
    timer_.reset();
    executor_.post([done = std::move(done_), result = std::move(result), attempts = attempts_]() mutable {
      done(std::move(result), attempts);
    });
    owner_.leave(this);
  }

  void cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  bool is_cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

  GrpcChatCalls& owner_;
  const Method method_;
  const Request request_;
  Executor& executor_;
  AttemptsCompletion<Response> done_;
  Attempts attempts_ = Attempts::kAllAnswered;
  const Clock::time_point deadline_;
  std::size_t backend_;
  std::chrono::milliseconds pause_{0};
  std::unique_ptr<boost::asio::steady_timer> timer_;
  Response response_;
  std::mutex mutex_;
  std::unique_ptr<grpc::ClientContext> context_;
  bool cancelled_ = false;
};

GrpcChatCalls::GrpcChatCalls(BackendPool& pool, boost::asio::io_context& timers, RandomSource& random,
                             std::chrono::milliseconds call_deadline)
    : pool_(pool), timers_(timers), random_(random), call_deadline_(call_deadline) {}

GrpcChatCalls::~GrpcChatCalls() { assert(calls_.empty()); }

template <class Request, class Response, class Method>
void GrpcChatCalls::start(Method method, Request request, Executor& executor, AttemptsCompletion<Response> done) {
  std::make_shared<Call<Request, Response>>(*this, method, std::move(request), executor, std::move(done))->start();
}

template <class Response>
GrpcChatCalls::AttemptsCompletion<Response> GrpcChatCalls::whatever_the_attempts(Completion<Response> done) {
  return [done = std::move(done)](absl::StatusOr<Response> response, Attempts) mutable { done(std::move(response)); };
}

void GrpcChatCalls::connect(pb::ConnectRequest request, Executor& executor, ConnectCompletion done) {
  using Method = typename Call<pb::ConnectRequest, pb::ConnectResponse>::Method;
  start<pb::ConnectRequest, pb::ConnectResponse, Method>(&pb::ChatService::StubInterface::async_interface::Connect,
                                                         std::move(request), executor, std::move(done));
}

void GrpcChatCalls::disconnect(pb::DisconnectRequest request, Executor& executor,
                               Completion<pb::DisconnectResponse> done) {
  using Method = typename Call<pb::DisconnectRequest, pb::DisconnectResponse>::Method;
  start<pb::DisconnectRequest, pb::DisconnectResponse, Method>(
      &pb::ChatService::StubInterface::async_interface::Disconnect, std::move(request), executor,
      whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::get_messages(pb::GetMessagesRequest request, Executor& executor,
                                 Completion<pb::GetMessagesResponse> done) {
  using Method = typename Call<pb::GetMessagesRequest, pb::GetMessagesResponse>::Method;
  start<pb::GetMessagesRequest, pb::GetMessagesResponse, Method>(
      &pb::ChatService::StubInterface::async_interface::GetMessages, std::move(request), executor,
      whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::send_message(pb::SendMessageRequest request, Executor& executor,
                                 Completion<pb::SendMessageResponse> done) {
  using Method = typename Call<pb::SendMessageRequest, pb::SendMessageResponse>::Method;
  start<pb::SendMessageRequest, pb::SendMessageResponse, Method>(
      &pb::ChatService::StubInterface::async_interface::SendMessage, std::move(request), executor,
      whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::set_name(pb::SetNameRequest request, Executor& executor, Completion<pb::SetNameResponse> done) {
  using Method = typename Call<pb::SetNameRequest, pb::SetNameResponse>::Method;
  start<pb::SetNameRequest, pb::SetNameResponse, Method>(&pb::ChatService::StubInterface::async_interface::SetName,
                                                         std::move(request), executor,
                                                         whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::resume(pb::ResumeRequest request, Executor& executor, Completion<pb::ResumeResponse> done) {
  using Method = typename Call<pb::ResumeRequest, pb::ResumeResponse>::Method;
  start<pb::ResumeRequest, pb::ResumeResponse, Method>(&pb::ChatService::StubInterface::async_interface::Resume,
                                                       std::move(request), executor,
                                                       whatever_the_attempts(std::move(done)));
}

bool GrpcChatCalls::enter(const void* call, CancelCall cancel) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) calls_.emplace(call, std::move(cancel));
  return !stopped_;
}

void GrpcChatCalls::leave(const void* call) {
  const std::lock_guard lock(mutex_);
  calls_.erase(call);
}

void GrpcChatCalls::stop() {
  std::vector<CancelCall> cancels;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [call, cancel] : calls_) cancels.push_back(cancel);
  }
  for (const CancelCall& cancel : cancels) cancel();
}

std::size_t GrpcChatCalls::calls_under_way() const {
  const std::lock_guard lock(mutex_);
  return calls_.size();
}

}  // namespace parley::gateway
