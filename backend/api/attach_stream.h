// GatewayService.Attach: all rooms of one gateway over one stream.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "backend/api/outgoing_stream.h"
#include "backend/chat/chat_rooms.h"
#include "chat/v1/gateway_service.pb.h"
#include "common/logger.h"

namespace parley::backend {

struct AttachOptions {
  std::size_t events_max = 4096;
  std::size_t rooms_max = 100'000;
  std::chrono::milliseconds lease{15'000};
};

class AttachStream final
    : public OutgoingStream<grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>, pb::AttachResponse> {
 public:
  // The stream owns itself. `chat` and `logger` outlive it.
  static grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>* start(StreamEnvironment& environment,
                                                                               const absl::StatusOr<CallCaller>& caller,
                                                                               ChatRooms& chat,
                                                                               const AttachOptions& options,
                                                                               const Logger& logger);

  AttachStream(StreamEnvironment& environment, ChatRooms& chat, const AttachOptions& options, const Logger& logger)
      : OutgoingStream(environment), chat_(chat), options_(options), logger_(logger) {}

  void OnReadDone(bool ok) override;

 private:
  bool next(pb::AttachResponse& response) override;
  void closed() override;
  // What waits in the subscription, if anything does.
  std::optional<StreamItem> pop();
  // Adds the events that follow, as far as they wait already.
  void add_events(const SharedEvent& first, pb::AttachResponse& response);

  void read();
  // These three return what is wrong with the request.
  absl::Status take(const pb::AttachRequest& request);
  absl::Status take_hello(const pb::AttachHello& hello);
  absl::Status take_join(const pb::RoomPosition& join);
  void on_lease(const absl::StatusOr<LeaseState>& lease);
  void take_heartbeat();
  void on_renewal(const absl::StatusOr<Renewal>& renewal);
  void send(pb::AttachResponse response);

  ChatRooms& chat_;
  const AttachOptions options_;
  const Logger& logger_;
  pb::AttachRequest request_;      // of the read under way
  std::string gateway_id_;         // set by hello, before any other command
  std::int64_t lease_number_ = 0;  // set by the answer to hello
  std::shared_ptr<Subscription> subscription_;
  bool takes_batches_ = false;              // under mutex()
  std::optional<StreamItem> popped_;        // under mutex(): is the next item, behind a batch
  bool renewing_ = false;                   // under mutex()
  std::deque<pb::AttachResponse> answers_;  // under mutex(): to hello and at most one heartbeat
};

}  // namespace parley::backend
