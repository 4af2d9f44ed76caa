// The gRPC services, callback API. They translate, and decide nothing.
#pragma once

#include <cstddef>

#include "backend/api/attach_stream.h"
#include "backend/api/outgoing_stream.h"
#include "backend/api/send_stream.h"
#include "backend/api/unary_call.h"
#include "backend/chat/chat_rooms.h"
#include "chat/v1/chat_service.grpc.pb.h"
#include "chat/v1/gateway_service.grpc.pb.h"

namespace parley::backend {

// All arguments outlive the service.
class ChatServiceApi final : public pb::ChatService::CallbackService {
 public:
  ChatServiceApi(ChatRooms& chat, CallEnvironment& calls, StreamEnvironment& streams, std::size_t stream_events_max)
      : chat_(chat), calls_(calls), streams_(streams), stream_events_max_(stream_events_max) {}

  grpc::ServerUnaryReactor* Connect(grpc::CallbackServerContext* context, const pb::ConnectRequest* request,
                                    pb::ConnectResponse* response) override;
  grpc::ServerUnaryReactor* Disconnect(grpc::CallbackServerContext* context, const pb::DisconnectRequest* request,
                                       pb::DisconnectResponse* response) override;
  grpc::ServerUnaryReactor* GetMessages(grpc::CallbackServerContext* context, const pb::GetMessagesRequest* request,
                                        pb::GetMessagesResponse* response) override;
  grpc::ServerUnaryReactor* SendMessage(grpc::CallbackServerContext* context, const pb::SendMessageRequest* request,
                                        pb::SendMessageResponse* response) override;
  grpc::ServerUnaryReactor* SetName(grpc::CallbackServerContext* context, const pb::SetNameRequest* request,
                                    pb::SetNameResponse* response) override;
  grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context, const pb::ResumeRequest* request,
                                   pb::ResumeResponse* response) override;
  grpc::ServerWriteReactor<pb::SubscribeResponse>* Subscribe(grpc::CallbackServerContext* context,
                                                             const pb::SubscribeRequest* request) override;

 private:
  ChatRooms& chat_;
  CallEnvironment& calls_;
  StreamEnvironment& streams_;
  const std::size_t stream_events_max_;
};

// All arguments outlive the service.
class GatewayServiceApi final : public pb::GatewayService::CallbackService {
 public:
  GatewayServiceApi(ChatRooms& chat, StreamEnvironment& streams, AttachOptions attach, SendStreamOptions sends,
                    const Logger& logger)
      : chat_(chat), streams_(streams), attach_(attach), sends_(sends), logger_(logger) {}

  grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>* Attach(grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<pb::SendMessagesRequest, pb::SendMessagesResponse>* SendMessages(
      grpc::CallbackServerContext* context) override;

 private:
  ChatRooms& chat_;
  StreamEnvironment& streams_;
  const AttachOptions attach_;
  const SendStreamOptions sends_;
  const Logger& logger_;
};

}  // namespace parley::backend
