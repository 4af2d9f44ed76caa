// The backend's unary calls, as the routes see them.
#pragma once

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "chat/v1/chat_service.pb.h"
#include "gateway/hub/executor.h"

namespace parley::gateway {

namespace pb = chat::v1;

// Runs once, on the executor given with the call.
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
  virtual void connect(pb::ConnectRequest request, Executor& executor, ConnectCompletion done) = 0;
  virtual void disconnect(pb::DisconnectRequest request, Executor& executor,
                          Completion<pb::DisconnectResponse> done) = 0;
  virtual void get_messages(pb::GetMessagesRequest request, Executor& executor,
                            Completion<pb::GetMessagesResponse> done) = 0;
  // Messages of one room are stored in the order of the calls, but for those that fail.
  virtual void send_message(pb::SendMessageRequest request, Executor& executor,
                            Completion<pb::SendMessageResponse> done) = 0;
  virtual void set_name(pb::SetNameRequest request, Executor& executor, Completion<pb::SetNameResponse> done) = 0;
  virtual void resume(pb::ResumeRequest request, Executor& executor, Completion<pb::ResumeResponse> done) = 0;
};

}  // namespace parley::gateway
