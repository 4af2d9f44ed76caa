// A backend's answers to messages on their way back to the sockets.
#pragma once

#include <utility>
#include <vector>

#include "chat/v1/gateway_service.pb.h"
#include "gateway/backend/send_lanes.h"

namespace parley::gateway {

// The answer as SendMessage would give it. Takes the texts out of both.
absl::StatusOr<pb::SendMessageResponse> make_answer(pb::SendMessageRequest& request, pb::SendMessagesResult& result);

// Completions gathered by executor: each gets one task for all of its own when the object goes. On one thread.
class SendAnswers {
 public:
  using Answer = absl::StatusOr<pb::SendMessageResponse>;

  SendAnswers() = default;
  SendAnswers(const SendAnswers&) = delete;
  SendAnswers& operator=(const SendAnswers&) = delete;
  ~SendAnswers();

  // Takes the completion out of `message`.
  void add(OutgoingMessage& message, Answer answer);

 private:
  using Ready = std::vector<std::pair<Completion<pb::SendMessageResponse>, Answer>>;

  std::vector<std::pair<Executor*, Ready>> by_executor_;
};

}  // namespace parley::gateway
