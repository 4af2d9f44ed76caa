#include "tests/faults/grpc_writer.h"

#include <utility>

#include "common/errors.h"

namespace parley::faults {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTick{10};

// The call may have been done: the connection broke, or the time passed.
// See chat_service.proto: CANCELLED is what gRPC says of a call whose server ended.
bool is_unanswered(const absl::Status& status) {
  const std::string_view reason = error_reason(status);
  return reason == "UNAVAILABLE" || reason == "CANCELLED" || reason == "DEADLINE_EXCEEDED" ||
         reason == "OUTCOME_UNKNOWN";
}

}  // namespace

GrpcWriter::GrpcWriter(World& world, WriterOptions options, Backends& backends)
    : world_(world), options_(std::move(options)), backends_(backends), outbox_(world, options_) {}

Task<void> GrpcWriter::run() {
  while (!is_ended_ && !(outbox_.is_finishing() && outbox_.is_empty())) {
    outbox_.produce(steady_clock::now());
    if (SentMessage* const due = outbox_.take_due(steady_clock::now()); due != nullptr) {
      co_await send(*due);
    } else {
      co_await pause(kTick);
    }
  }
}

Task<void> GrpcWriter::send(SentMessage& message) {
  pb::SendMessageRequest request;
  request.set_room(message.room);
  request.mutable_author()->set_author_id(options_.name);
  request.mutable_author()->set_name(options_.name);
  request.set_request_id(message.request_id);
  request.set_body(message.body);
  const std::string request_id = message.request_id;
  const absl::StatusOr<pb::SendMessageResponse> response = co_await send_message(world_, backends_, std::move(request));
  const SteadyTime now = steady_clock::now();
  if (response.ok()) {
    Position position{response->epoch(), response->message().offset()};
    outbox_.acknowledged(request_id, std::move(position), now);
  } else if (is_unanswered(response.status())) {
    outbox_.unanswered(request_id, now);
    co_await pause(kTick);
  } else {
    outbox_.failed(request_id, is_retryable(response.status()), std::string(error_reason(response.status())), now);
  }
}

}  // namespace parley::faults
