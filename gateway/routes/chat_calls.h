// The backend's unary calls, as the routes see them.
#pragma once

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "chat/v1/chat_service.pb.h"
#include "common/trace_context.h"
#include "gateway/hub/executor.h"

namespace parley::gateway {

namespace pb = chat::v1;

// Where a call comes from.
struct CallOrigin {
  // A call that belongs to no request of a client needs no trace.
  CallOrigin(Executor& caller, const TraceContext& request_trace = {})  // NOLINT(google-explicit-constructor)
      : executor(caller), trace(request_trace) {}

  Executor& executor;  // runs the completion
  TraceContext trace;  // goes with the call
};

// Runs once, on the executor of the call's origin.
template <class Response>
using Completion = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

// What a call knows of its attempts when it ends.
enum class Attempts {
  kAllAnswered,
  kSomeUnanswered,  // a backend may yet carry one out
};

// As Completion, for the call whose late attempts matter.
using ConnectCompletion = absl::AnyInvocable<void(absl::StatusOr<pb::ConnectResponse>, Attempts)>;

// Thread-safe. Every call ends within call_deadline_ms, retries and another backend included; the errors are those of
// ChatService, with UNAVAILABLE (BACKEND_UNAVAILABLE) where no backend could be reached.
class ChatCalls {
 public:
  virtual ~ChatCalls() = default;
  virtual void connect(pb::ConnectRequest request, const CallOrigin& origin, ConnectCompletion done) = 0;
  virtual void disconnect(pb::DisconnectRequest request, const CallOrigin& origin,
                          Completion<pb::DisconnectResponse> done) = 0;
  virtual void get_messages(pb::GetMessagesRequest request, const CallOrigin& origin,
                            Completion<pb::GetMessagesResponse> done) = 0;
  // Messages of one room are stored in the order of the calls, but for those that fail.
  virtual void send_message(pb::SendMessageRequest request, const CallOrigin& origin,
                            Completion<pb::SendMessageResponse> done) = 0;
  virtual void set_name(pb::SetNameRequest request, const CallOrigin& origin, Completion<pb::SetNameResponse> done) = 0;
  virtual void resume(pb::ResumeRequest request, const CallOrigin& origin, Completion<pb::ResumeResponse> done) = 0;
};

}  // namespace parley::gateway
