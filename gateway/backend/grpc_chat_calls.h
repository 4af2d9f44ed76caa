// ChatCalls over gRPC, with deadlines, retries and failover.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include <boost/asio/io_context.hpp>

#include "common/random.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/backend/send_link.h"
#include "gateway/routes/chat_calls.h"

namespace parley::gateway {

// Messages go over one stream, see SendLink. Any other call goes to the current backend; UNAVAILABLE and an attempt
// that takes too long send it to the next one, after a growing, jittered pause, until the deadline. All the RPCs are
// idempotent, so that no attempt can do harm. Beyond calls_under_way_max such calls are refused (UNAVAILABLE,
// OVERLOADED), but for Disconnect, whose number Departures limits.
class GrpcChatCalls final : public ChatCalls {
 public:
  // All arguments outlive the object. `timers` runs on some thread as long as calls are made.
  GrpcChatCalls(BackendPool& pool, boost::asio::io_context& timers, RandomSource& random,
                std::chrono::milliseconds call_deadline, std::size_t sends_waiting_max = 10'000,
                std::size_t calls_under_way_max = 20'000);
  // No call is under way: see stop().
  ~GrpcChatCalls() override;

  void connect(pb::ConnectRequest request, const CallOrigin& origin, ConnectCompletion done) override;
  void disconnect(pb::DisconnectRequest request, const CallOrigin& origin,
                  Completion<pb::DisconnectResponse> done) override;
  void get_messages(pb::GetMessagesRequest request, const CallOrigin& origin,
                    Completion<pb::GetMessagesResponse> done) override;
  void send_message(pb::SendMessageRequest request, const CallOrigin& origin,
                    Completion<pb::SendMessageResponse> done) override;
  void set_name(pb::SetNameRequest request, const CallOrigin& origin, Completion<pb::SetNameResponse> done) override;
  void resume(pb::ResumeRequest request, const CallOrigin& origin, Completion<pb::ResumeResponse> done) override;

  // Cancels all calls and refuses new ones (UNAVAILABLE, SHUTTING_DOWN).
  void stop();
  // After stop() it counts the messages' stream as well.
  std::size_t calls_under_way() const;

 private:
  template <class Request, class Response>
  class Call;
  class TimersExecutor;
  using Clock = std::chrono::steady_clock;  // a call takes as long as it takes, whatever becomes of the time of day
  using CancelCall = std::function<void()>;
  template <class Response>
  using AttemptsCompletion = absl::AnyInvocable<void(absl::StatusOr<Response>, Attempts)>;

  template <class Request, class Response, class Method>
  void start(Method method, Request request, const CallOrigin& origin, AttemptsCompletion<Response> done);
  template <class Request, class Response, class Method>
  void start(Method method, Request request, Clock::time_point deadline, const CallOrigin& origin,
             AttemptsCompletion<Response> done);
  template <class Response>
  static AttemptsCompletion<Response> whatever_the_attempts(Completion<Response> done);
  void send_alone(pb::SendMessageRequest request, Clock::time_point deadline, const CallOrigin& origin,
                  Completion<pb::SendMessageResponse> done);
  // Why it may not be made, if it may not.
  absl::Status enter(const void* call, CancelCall cancel, std::size_t calls_max);
  void leave(const void* call);

  BackendPool& pool_;
  boost::asio::io_context& timers_;
  RandomSource& random_;
  const std::chrono::milliseconds call_deadline_;
  const std::size_t calls_under_way_max_;
  mutable std::mutex mutex_;
  std::map<const void*, CancelCall> calls_;
  bool stopped_ = false;
  const std::unique_ptr<TimersExecutor> timers_executor_;
  SendLink sends_;
};

}  // namespace parley::gateway
