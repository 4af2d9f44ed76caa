#include "gateway/backend/grpc_chat_calls.h"

#include <grpc/support/time.h>

#include <cassert>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/errors.h"
#include "common/text_errors.h"
#include "gateway/backend/call_failures.h"

namespace parley::gateway {
namespace {

// Not by std::chrono::system_clock: gRPC would take the time of day a second time to make this of it.
gpr_timespec grpc_deadline(std::chrono::steady_clock::duration from_now) {
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(from_now).count();
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(nanoseconds, GPR_TIMESPAN));
}

// Of a message that no backend would take, the reason that a backend gives: something in it is too long, or no UTF-8.
absl::Status refuse_send(const pb::SendMessageRequest& request) {
  const pb::Author& author = request.author();
  for (const absl::Status& checked :
       {validate_room(request.room()), validate_author_id(author.author_id()), validate_author_name(author.name()),
        validate_body(request.body()), validate_request_id(request.request_id()),
        validate_client_time(request.client_time())}) {
    if (!checked.ok()) return checked;
  }
  return make_error(absl::StatusCode::kInvalidArgument, "FRAME_INVALID",
                    "the command is larger than any message can be");
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

  Call(GrpcChatCalls& owner, Method method, Request request, Clock::time_point deadline, const CallOrigin& origin,
       AttemptsCompletion<Response> done)
      : owner_(owner),
        method_(method),
        request_(std::move(request)),
        executor_(origin.executor),
        traceparent_(format_traceparent(origin.trace)),
        done_(std::move(done)),
        deadline_(deadline),
        backend_(owner.pool_.current()) {}

  void start() {
    const bool has_limit = !std::is_same_v<Request, pb::DisconnectRequest>;
    absl::Status entered = owner_.enter(
        this,
        [weak = this->weak_from_this()] {
          if (const auto call = weak.lock()) call->cancel();
        },
        has_limit ? owner_.calls_under_way_max_ : std::numeric_limits<std::size_t>::max());
    if (entered.ok()) return attempt();
    finish(std::move(entered));
  }

 private:
  void attempt() {
    {
      const std::lock_guard lock(mutex_);
      context_ = std::make_unique<grpc::ClientContext>();
      if (!traceparent_.empty()) context_->AddMetadata(std::string(kTraceparent), traceparent_);
      if (cancelled_) context_->TryCancel();
    }
    owner_.pool_.authorize(*context_);
    context_->set_deadline(grpc_deadline(attempt_share(deadline_ - Clock::now(), owner_.pool_.size() > 1)));
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
    const auto pause = pauses_.next(owner_.random_);
    if (!another || is_cancelled() || Clock::now() + pause >= deadline_) return finish(to_call_error(status));
    if (status.error_code() != grpc::StatusCode::ABORTED) backend_ = owner_.pool_.move_on(backend_);
    boost::asio::post(owner_.timers_, [self = this->shared_from_this(), pause] {
      self->timer_ = std::make_unique<boost::asio::steady_timer>(self->owner_.timers_, pause);
      self->timer_->async_wait([self](const boost::system::error_code&) { self->attempt(); });
    });
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
  const std::string traceparent_;
  AttemptsCompletion<Response> done_;
  Attempts attempts_ = Attempts::kAllAnswered;
  const Clock::time_point deadline_;
  std::size_t backend_;
  RetryPauses pauses_;
  std::unique_ptr<boost::asio::steady_timer> timer_;
  Response response_;
  std::mutex mutex_;
  std::unique_ptr<grpc::ClientContext> context_;
  bool cancelled_ = false;
};

// The thread of the timers, as an executor.
class GrpcChatCalls::TimersExecutor final : public Executor {
 public:
  explicit TimersExecutor(boost::asio::io_context& context) : context_(context) {}
  void post(absl::AnyInvocable<void()> work) override {
    boost::asio::post(context_, [work = std::move(work)]() mutable { work(); });
  }

 private:
  boost::asio::io_context& context_;
};

GrpcChatCalls::GrpcChatCalls(BackendPool& pool, boost::asio::io_context& timers, RandomSource& random,
                             std::chrono::milliseconds call_deadline, std::size_t sends_waiting_max,
                             std::size_t calls_under_way_max)
    : pool_(pool),
      timers_(timers),
      random_(random),
      call_deadline_(call_deadline),
      calls_under_way_max_(calls_under_way_max),
      timers_executor_(std::make_unique<TimersExecutor>(timers)),
      sends_(pool, timers, random, {.call_deadline = call_deadline, .waiting_max = sends_waiting_max},
             [this](pb::SendMessageRequest request, const TraceContext& trace, Clock::time_point deadline,
                    Completion<pb::SendMessageResponse> done) {
               send_alone(std::move(request), deadline, {*timers_executor_, trace}, std::move(done));
             }) {}

GrpcChatCalls::~GrpcChatCalls() { assert(calls_.empty()); }

template <class Request, class Response, class Method>
void GrpcChatCalls::start(Method method, Request request, const CallOrigin& origin, AttemptsCompletion<Response> done) {
  start<Request, Response>(method, std::move(request), Clock::now() + call_deadline_, origin, std::move(done));
}

template <class Request, class Response, class Method>
void GrpcChatCalls::start(Method method, Request request, Clock::time_point deadline, const CallOrigin& origin,
                          AttemptsCompletion<Response> done) {
  std::make_shared<Call<Request, Response>>(*this, method, std::move(request), deadline, origin, std::move(done))
      ->start();
}

template <class Response>
GrpcChatCalls::AttemptsCompletion<Response> GrpcChatCalls::whatever_the_attempts(Completion<Response> done) {
  return [done = std::move(done)](absl::StatusOr<Response> response, Attempts) mutable { done(std::move(response)); };
}

void GrpcChatCalls::connect(pb::ConnectRequest request, const CallOrigin& origin, ConnectCompletion done) {
  using Method = typename Call<pb::ConnectRequest, pb::ConnectResponse>::Method;
  start<pb::ConnectRequest, pb::ConnectResponse, Method>(&pb::ChatService::StubInterface::async_interface::Connect,
                                                         std::move(request), origin, std::move(done));
}

void GrpcChatCalls::disconnect(pb::DisconnectRequest request, const CallOrigin& origin,
                               Completion<pb::DisconnectResponse> done) {
  using Method = typename Call<pb::DisconnectRequest, pb::DisconnectResponse>::Method;
  start<pb::DisconnectRequest, pb::DisconnectResponse, Method>(
      &pb::ChatService::StubInterface::async_interface::Disconnect, std::move(request), origin,
      whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::get_messages(pb::GetMessagesRequest request, const CallOrigin& origin,
                                 Completion<pb::GetMessagesResponse> done) {
  using Method = typename Call<pb::GetMessagesRequest, pb::GetMessagesResponse>::Method;
  start<pb::GetMessagesRequest, pb::GetMessagesResponse, Method>(
      &pb::ChatService::StubInterface::async_interface::GetMessages, std::move(request), origin,
      whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::send_message(pb::SendMessageRequest request, const CallOrigin& origin,
                                 Completion<pb::SendMessageResponse> done) {
  if (SendLink::takes(request)) return sends_.send(std::move(request), origin, std::move(done));
  origin.executor.post(
      [refusal = refuse_send(request), done = std::move(done)]() mutable { done(std::move(refusal)); });
}

void GrpcChatCalls::send_alone(pb::SendMessageRequest request, Clock::time_point deadline, const CallOrigin& origin,
                               Completion<pb::SendMessageResponse> done) {
  using Method = typename Call<pb::SendMessageRequest, pb::SendMessageResponse>::Method;
  start<pb::SendMessageRequest, pb::SendMessageResponse, Method>(
      &pb::ChatService::StubInterface::async_interface::SendMessage, std::move(request), deadline, origin,
      whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::set_name(pb::SetNameRequest request, const CallOrigin& origin,
                             Completion<pb::SetNameResponse> done) {
  using Method = typename Call<pb::SetNameRequest, pb::SetNameResponse>::Method;
  start<pb::SetNameRequest, pb::SetNameResponse, Method>(&pb::ChatService::StubInterface::async_interface::SetName,
                                                         std::move(request), origin,
                                                         whatever_the_attempts(std::move(done)));
}

void GrpcChatCalls::resume(pb::ResumeRequest request, const CallOrigin& origin, Completion<pb::ResumeResponse> done) {
  using Method = typename Call<pb::ResumeRequest, pb::ResumeResponse>::Method;
  start<pb::ResumeRequest, pb::ResumeResponse, Method>(&pb::ChatService::StubInterface::async_interface::Resume,
                                                       std::move(request), origin,
                                                       whatever_the_attempts(std::move(done)));
}

absl::Status GrpcChatCalls::enter(const void* call, CancelCall cancel, std::size_t calls_max) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the gateway is shutting down");
  if (calls_.size() >= calls_max) return make_overloaded("calls_under_way_max", "too many calls wait for a backend");
  calls_.emplace(call, std::move(cancel));
  return absl::OkStatus();
}

void GrpcChatCalls::leave(const void* call) {
  const std::lock_guard lock(mutex_);
  calls_.erase(call);
}

void GrpcChatCalls::stop() {
  sends_.stop();
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
  return calls_.size() + sends_.under_way();
}

}  // namespace parley::gateway
