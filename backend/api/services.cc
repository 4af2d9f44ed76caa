#include "backend/api/services.h"

#include "backend/api/subscribe_stream.h"

namespace parley::backend {
namespace {

using UnaryReactor = grpc::ServerUnaryReactor;

// A token's word on names counts for nothing, unless it speaks for everybody.
bool is_name_held(const CallCaller& caller, const pb::SendMessageRequest& request) {
  return caller.token_id.has_value() ? caller.is_admin : request.name_is_held();
}

}  // namespace

UnaryReactor* ChatServiceApi::Connect(grpc::CallbackServerContext* context, const pb::ConnectRequest* request,
                                      pb::ConnectResponse* response) {
  return UnaryCall<pb::ConnectResponse>::start(
      calls_, ApiMethod::kConnect, context, Access::admin(), response,
      [this, request](const CallCaller& /*caller*/, CallLimit limit, Completion<pb::ConnectResponse> done) {
        chat_.connect(*request, std::move(limit), std::move(done));
      });
}

UnaryReactor* ChatServiceApi::Disconnect(grpc::CallbackServerContext* context, const pb::DisconnectRequest* request,
                                         pb::DisconnectResponse* response) {
  return UnaryCall<pb::DisconnectResponse>::start(
      calls_, ApiMethod::kDisconnect, context, Access::admin(), response,
      [this, request](const CallCaller& /*caller*/, CallLimit limit, Completion<pb::DisconnectResponse> done) {
        chat_.disconnect(*request, std::move(limit), std::move(done));
      });
}

UnaryReactor* ChatServiceApi::GetMessages(grpc::CallbackServerContext* context, const pb::GetMessagesRequest* request,
                                          pb::GetMessagesResponse* response) {
  return UnaryCall<pb::GetMessagesResponse>::start(
      calls_, ApiMethod::kGetMessages, context, Access::read(), response,
      [this, request](const CallCaller& /*caller*/, CallLimit limit, Completion<pb::GetMessagesResponse> done) {
        chat_.get_messages(*request, std::move(limit), std::move(done));
      });
}

UnaryReactor* ChatServiceApi::SendMessage(grpc::CallbackServerContext* context, const pb::SendMessageRequest* request,
                                          pb::SendMessageResponse* response) {
  return UnaryCall<pb::SendMessageResponse>::start(
      calls_, ApiMethod::kSendMessage, context, Access::send_as(request->author().author_id()), response,
      [this, request](const CallCaller& caller, CallLimit limit, Completion<pb::SendMessageResponse> done) {
        pb::SendMessageRequest message = *request;
        message.set_name_is_held(is_name_held(caller, *request));
        chat_.send_message(std::move(message), std::move(limit), std::move(done));
      });
}

UnaryReactor* ChatServiceApi::SetName(grpc::CallbackServerContext* context, const pb::SetNameRequest* request,
                                      pb::SetNameResponse* response) {
  return UnaryCall<pb::SetNameResponse>::start(
      calls_, ApiMethod::kSetName, context, Access::admin(), response,
      [this, request](const CallCaller& /*caller*/, CallLimit limit, Completion<pb::SetNameResponse> done) {
        chat_.set_name(*request, std::move(limit), std::move(done));
      });
}

UnaryReactor* ChatServiceApi::Resume(grpc::CallbackServerContext* context, const pb::ResumeRequest* request,
                                     pb::ResumeResponse* response) {
  return UnaryCall<pb::ResumeResponse>::start(
      calls_, ApiMethod::kResume, context, Access::read(), response,
      [this, request](const CallCaller& /*caller*/, CallLimit limit, Completion<pb::ResumeResponse> done) {
        chat_.resume(*request, std::move(limit), std::move(done));
      });
}

grpc::ServerWriteReactor<pb::SubscribeResponse>* ChatServiceApi::Subscribe(grpc::CallbackServerContext* context,
                                                                           const pb::SubscribeRequest* request) {
  return SubscribeStream::start(streams_, streams_.authority.admit(*context, Access::read()), chat_.hub(),
                                stream_events_max_, *request);
}

grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>* GatewayServiceApi::Attach(
    grpc::CallbackServerContext* context) {
  return AttachStream::start(streams_, streams_.authority.admit(*context, Access::gateway()), chat_, attach_, logger_);
}

grpc::ServerBidiReactor<pb::SendMessagesRequest, pb::SendMessagesResponse>* GatewayServiceApi::SendMessages(
    grpc::CallbackServerContext* context) {
  return SendStream::start(streams_, streams_.authority.admit(*context, Access::gateway()), chat_, sends_);
}

}  // namespace parley::backend
