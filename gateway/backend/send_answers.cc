#include "gateway/backend/send_answers.h"

#include <algorithm>

#include "common/errors.h"

namespace parley::gateway {

// The answer as SendMessage would give it. Takes the texts out of `request`.
absl::StatusOr<pb::SendMessageResponse> make_answer(pb::SendMessageRequest& request, pb::SendMessagesResult& result) {
  pb::SendMessageResponse response;
  switch (result.result_case()) {
    case pb::SendMessagesResult::kRepeatedMessage: return std::move(*result.mutable_repeated_message());
    case pb::SendMessagesResult::kStored: {
      pb::Message& message = *response.mutable_message();
      message.set_room(std::move(*request.mutable_room()));
      message.set_offset(result.stored().offset());
      message.set_change_offset(result.stored().offset());
      message.mutable_author()->Swap(request.mutable_author());
      message.set_request_id(std::move(*request.mutable_request_id()));
      message.set_body(std::move(*request.mutable_body()));
      message.set_client_time(std::move(*request.mutable_client_time()));
      *message.mutable_create_time() = std::move(*result.mutable_stored()->mutable_create_time());
      response.set_epoch(std::move(*result.mutable_stored()->mutable_epoch()));
      return response;
    }
    case pb::SendMessagesResult::kFailure:
      return make_error(static_cast<absl::StatusCode>(result.failure().code()), result.failure().reason(),
                        result.failure().message());
    case pb::SendMessagesResult::RESULT_NOT_SET: break;
  }
  return make_error(absl::StatusCode::kInternal, "ANSWER_UNKNOWN", "a backend's answer cannot be read");
}

SendAnswers::~SendAnswers() {
  for (auto& [executor, ready] : by_executor_) {
    executor->post([ready = std::move(ready)]() mutable {
      for (auto& [done, answer] : ready) done(std::move(answer));
    });
  }
}

void SendAnswers::add(OutgoingMessage& message, Answer answer) {
  auto found = std::find_if(by_executor_.begin(), by_executor_.end(),
                            [&](const auto& entry) { return entry.first == message.executor; });
  if (found == by_executor_.end()) found = by_executor_.emplace(found, message.executor, Ready());
  found->second.emplace_back(std::move(message.done), std::move(answer));
}

}  // namespace parley::gateway
