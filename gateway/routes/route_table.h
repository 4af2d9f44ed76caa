// The routes, named as the cloud gateway names them, and the RPC behind each. A new route is one RPC and one row.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/routes/chat_calls.h"
#include "gateway/routes/feed.h"

namespace parley::gateway {

// A connection as its handlers see it. On its I/O thread.
class Caller {
 public:
  virtual ~Caller() = default;
  virtual ChatCalls& calls() = 0;
  virtual Executor& executor() = 0;
  virtual Feed& feed() = 0;
  virtual const std::string& connection_id() const = 0;
  // The room of $connect.
  virtual const std::string& room() const = 0;
  virtual const pb::Author& author() const = 0;
  virtual void set_author(const pb::Author& author) = 0;
  // Of the command that is being begun.
  virtual const TraceContext& trace() const = 0;
};

// `frame` holds the route's command. `done` is called once, with the caller's executor.
using CommandHandler = void (*)(const std::shared_ptr<Caller>& caller, pb::ClientFrame frame, ReplyDone done);
using ConnectHandler = void (*)(ChatCalls& calls, pb::ConnectRequest request, const CallOrigin& origin,
                                ConnectCompletion done);
using DisconnectHandler = void (*)(ChatCalls& calls, pb::DisconnectRequest request, const CallOrigin& origin,
                                   Completion<pb::DisconnectResponse> done);

enum class RouteOrder {
  kAnyTime,  // beside other commands of the connection
  kPaged,  // the answer may be a page: begun in the order of the connection's kPaged commands, as the socket takes them
  kInOrder,  // begun in the order of the connection's kInOrder and kInTurn commands, which ChatCalls keeps
  kInTurn,   // begun when the connection's earlier kInOrder and kInTurn commands are answered; later ones wait for it
};

struct Route {
  std::string_view key;
  // COMMAND_NOT_SET for $connect and $disconnect: they are no commands.
  pb::ClientFrame::CommandCase command;
  RouteOrder order;
  std::variant<CommandHandler, ConnectHandler, DisconnectHandler> handler;
};

std::span<const Route> routes();

// Null where no row has it.
const Route* find_route(pb::ClientFrame::CommandCase command);

// The handlers of the rows $connect and $disconnect.
ConnectHandler connect_route();
DisconnectHandler disconnect_route();

}  // namespace parley::gateway
