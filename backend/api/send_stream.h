// GatewayService.SendMessages: what one gateway's sockets send, over one stream.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "backend/api/outgoing_stream.h"
#include "backend/chat/chat_rooms.h"
#include "chat/v1/gateway_service.pb.h"

namespace parley::backend {

struct SendStreamOptions {
  std::size_t under_way_max = 2048;              // then reading pauses until half of them are answered
  std::chrono::milliseconds call_limit{30'000};  // for items that set a later timeout
};

// Answers that are ready while a write is under way leave together in the next one. The first message that could not be
// stored now (the gateway is to send it again) ends the stream and cancels all that came behind it, so that none of
// them is stored before it.
class SendStream final
    : public OutgoingStream<grpc::ServerBidiReactor<pb::SendMessagesRequest, pb::SendMessagesResponse>,
                            pb::SendMessagesResponse> {
 public:
  // The stream owns itself. `chat` outlives it.
  static grpc::ServerBidiReactor<pb::SendMessagesRequest, pb::SendMessagesResponse>* start(
      StreamEnvironment& environment, const absl::StatusOr<CallCaller>& caller, ChatRooms& chat,
      const SendStreamOptions& options);

  SendStream(StreamEnvironment& environment, ChatRooms& chat, const SendStreamOptions& options)
      : OutgoingStream(environment), chat_(chat), options_(options) {}

  void OnReadDone(bool ok) override;
  // A drain (SHUTTING_DOWN), as the gateway's own end (OK), first lets what is under way be answered.
  void end(absl::Status status) override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  bool next(pb::SendMessagesResponse& response) override;
  void closed() override;

  void read();
  void take(pb::SendMessagesItem& item, TimePoint now);
  // What has been read and is under way.
  struct Item {
    std::int64_t id;
    TraceContext trace;
    TimePoint read_at;
  };
  void answered(const Item& item, const absl::StatusOr<SentMessage>& sent);

  ChatRooms& chat_;
  const SendStreamOptions options_;
  pb::SendMessagesRequest request_;  // of the read under way
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::optional<absl::Status> last_;  // under mutex(): nothing is read any more, and this ends the stream
  std::size_t under_way_ = 0;         // under mutex(): read and not answered
  bool read_paused_ = false;          // under mutex()
  pb::SendMessagesResponse waiting_;  // under mutex(): answers that no write has taken
};

}  // namespace parley::backend
