#include "gateway/routes/route_table.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace parley::gateway {
namespace {

using CallerPtr = std::shared_ptr<Caller>;

// A completion that puts the response into its place in the reply, or the error.
template <class Response>
Completion<Response> reply_with(Response* (pb::Reply::*place)(), ReplyDone done) {
  return [place, done = std::move(done)](absl::StatusOr<Response> response) mutable {
    if (!response.ok()) return done(error_reply(response.status()));
    pb::Reply reply;
    *(reply.*place)() = *std::move(response);
    done(std::move(reply));
  };
}

CallOrigin origin_of(Caller& caller) { return {caller.executor(), caller.trace()}; }

void connect(ChatCalls& calls, pb::ConnectRequest request, const CallOrigin& origin, ConnectCompletion done) {
  calls.connect(std::move(request), origin, std::move(done));
}

void disconnect(ChatCalls& calls, pb::DisconnectRequest request, const CallOrigin& origin,
                Completion<pb::DisconnectResponse> done) {
  calls.disconnect(std::move(request), origin, std::move(done));
}

void get_messages(const CallerPtr& caller, pb::ClientFrame frame, ReplyDone done) {
  pb::GetMessagesCommand& command = *frame.mutable_get_messages();
  pb::GetMessagesRequest request;
  request.set_room(std::move(*command.mutable_room()));
  request.set_page_size(command.page_size());
  request.set_page_token(std::move(*command.mutable_page_token()));
  caller->calls().get_messages(std::move(request), origin_of(*caller),
                               reply_with<pb::GetMessagesResponse>(&pb::Reply::mutable_get_messages, std::move(done)));
}

void send_message(const CallerPtr& caller, pb::ClientFrame frame, ReplyDone done) {
  pb::SendMessageCommand& command = *frame.mutable_send_message();
  pb::SendMessageRequest request;
  request.set_room(std::move(*command.mutable_room()));
  *request.mutable_author() = caller->author();
  request.set_request_id(std::move(*frame.mutable_request_id()));
  request.set_body(std::move(*command.mutable_body()));
  request.set_client_time(std::move(*command.mutable_client_time()));
  request.set_name_is_held(request.room() == caller->room());
  caller->calls().send_message(std::move(request), origin_of(*caller),
                               reply_with<pb::SendMessageResponse>(&pb::Reply::mutable_send_message, std::move(done)));
}

void set_name(const CallerPtr& caller, pb::ClientFrame frame, ReplyDone done) {
  pb::SetNameRequest request;
  request.set_connection_id(caller->connection_id());
  request.set_room(caller->room());
  request.set_name(std::move(*frame.mutable_set_name()->mutable_name()));
  Completion<pb::SetNameResponse> reply =
      reply_with<pb::SetNameResponse>(&pb::Reply::mutable_set_name, std::move(done));
  caller->calls().set_name(std::move(request), origin_of(*caller),
                           [caller, reply = std::move(reply)](absl::StatusOr<pb::SetNameResponse> response) mutable {
                             if (response.ok()) caller->set_author(response->author());
                             reply(std::move(response));
                           });
}

void subscribe(const CallerPtr& caller, pb::ClientFrame frame, ReplyDone done) {
  caller->feed().subscribe(std::move(*frame.mutable_subscribe()), caller->trace(), std::move(done));
}

void unsubscribe(const CallerPtr& caller, pb::ClientFrame frame, ReplyDone done) {
  caller->feed().unsubscribe(std::move(*frame.mutable_unsubscribe()), std::move(done));
}

constexpr std::array kRoutes = {
    Route{"$connect", pb::ClientFrame::COMMAND_NOT_SET, RouteOrder::kAnyTime, connect},
    Route{"$disconnect", pb::ClientFrame::COMMAND_NOT_SET, RouteOrder::kAnyTime, disconnect},
    Route{"get_messages", pb::ClientFrame::kGetMessages, RouteOrder::kPaged, get_messages},
    Route{"send_message", pb::ClientFrame::kSendMessage, RouteOrder::kInOrder, send_message},
    Route{"set_name", pb::ClientFrame::kSetName, RouteOrder::kInTurn, set_name},
    Route{"subscribe", pb::ClientFrame::kSubscribe, RouteOrder::kPaged, subscribe},
    // Behind the subscribe that it ends.
    Route{"unsubscribe", pb::ClientFrame::kUnsubscribe, RouteOrder::kPaged, unsubscribe},
};

template <class Handler>
Handler handler_of(std::string_view key) {
  const auto found =
      std::find_if(kRoutes.begin(), kRoutes.end(), [key](const Route& route) { return route.key == key; });
  if (found == kRoutes.end()) std::abort();
  return std::get<Handler>(found->handler);
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

const Route* find_route(pb::ClientFrame::CommandCase command) {
  if (command == pb::ClientFrame::COMMAND_NOT_SET) return nullptr;
  const auto found =
      std::find_if(kRoutes.begin(), kRoutes.end(), [command](const Route& route) { return route.command == command; });
  return found == kRoutes.end() ? nullptr : &*found;
}

ConnectHandler connect_route() { return handler_of<ConnectHandler>("$connect"); }

DisconnectHandler disconnect_route() { return handler_of<DisconnectHandler>("$disconnect"); }

}  // namespace parley::gateway
