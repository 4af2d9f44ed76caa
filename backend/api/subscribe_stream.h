// ChatService.Subscribe: a room's events for an integrator.
#pragma once

#include <cstddef>
#include <memory>

#include "backend/api/outgoing_stream.h"
#include "backend/chat/hub.h"
#include "chat/v1/chat_service.pb.h"

namespace parley::backend {

class SubscribeStream final
    : public OutgoingStream<grpc::ServerWriteReactor<pb::SubscribeResponse>, pb::SubscribeResponse> {
 public:
  // The stream owns itself. `hub` outlives it.
  static grpc::ServerWriteReactor<pb::SubscribeResponse>* start(StreamEnvironment& environment,
                                                                const absl::StatusOr<CallCaller>& caller, Hub& hub,
                                                                std::size_t events_max,
                                                                const pb::SubscribeRequest& request);

  SubscribeStream(StreamEnvironment& environment, Hub& hub) : OutgoingStream(environment), hub_(hub) {}

 private:
  bool next(pb::SubscribeResponse& response) override;
  void closed() override;

  Hub& hub_;
  std::shared_ptr<Subscription> subscription_;
};

}  // namespace parley::backend
