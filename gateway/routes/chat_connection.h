// One WebSocket as the chat sees it: from $connect through its commands to $disconnect. It knows no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "common/trace_context.h"
#include "gateway/routes/environment.h"
#include "gateway/routes/feed.h"
#include "gateway/routes/page_notice.h"
#include "gateway/routes/permissions.h"
#include "gateway/routes/route_table.h"
#include "gateway/routes/socket_handler.h"
#include "gateway/routes/token_bucket.h"

namespace parley::gateway {

// What the client asked for with the upgrade.
struct ConnectParameters {
  std::string room;
  pb::Author author;  // fields may be empty
  const WireFormat* format;
  Permissions permissions = {};
  TraceContext trace = {};  // that of the upgrade; one is begun where it brings none
  std::string client = {};  // whose it is where limits count: see client_key()
  // A subscription to the room that begins with the connection, as if it were the first command; none for clients of
  // the tutorial.
  std::unique_ptr<pb::ClientFrame> subscription = nullptr;
};

// On one I/O thread. connect(), then open(), then messages until close().
class ChatConnection final : public Caller,
                             public Outlet,
                             public SocketHandler,
                             public std::enable_shared_from_this<ChatConnection> {
 public:
  // `environment` outlives the connection.
  ChatConnection(ConnectionEnvironment& environment, ConnectParameters parameters);

  // Route $connect. `done` gets OK when the upgrade may be answered, or why not.
  void connect(absl::AnyInvocable<void(absl::Status)> done);
  // The backend's lease was made anew: stores the connection again. `done`, if any, runs when that is over.
  void connect_again(absl::AnyInvocable<void()> done);
  // Another version of the page is served.
  void page_changed(const PageNotice& notice);

  // SocketHandler
  std::string_view subprotocol() const override { return format_.subprotocol(); }
  bool takes(Opcode opcode) const override { return opcode == format_.opcode(); }
  void open(Transport& transport) override;
  void receive(Opcode opcode, std::string_view payload) override;
  void drained() override;
  void writable() override;
  void sweep(TimePoint now) override;
  void slowed(std::string_view limit) override;
  // As to unanswered commands and their rate.
  bool may_read(TimePoint now) override;
  std::size_t commands_outstanding() const override { return outstanding_; }
  bool has_expired(TimePoint now) const override { return permissions_.have_ended(now); }
  // Route $disconnect, where $connect had gone through.
  void close() override;

  const WireFormat& format() const { return format_; }

  // Caller
  ChatCalls& calls() override { return environment_.calls; }
  Executor& executor() override { return environment_.executor; }
  Feed& feed() override { return *feed_; }
  const std::string& connection_id() const override { return id_; }
  const std::string& room() const override { return room_; }
  const pb::Author& author() const override { return author_; }
  void set_author(const pb::Author& author) override { author_ = author; }
  const TraceContext& trace() const override { return *command_trace_; }

  // Outlet, for the feed
  bool offer(const Frame& frame) override;
  void send(const Frame& frame) override;
  bool is_full() const override { return transport_ == nullptr || transport_->is_full(); }

 private:
  // A command that is not answered yet.
  struct Command {
    pb::ClientFrame::CommandCase kind = pb::ClientFrame::COMMAND_NOT_SET;
    std::string_view key;  // of its route
    std::string request_id;
    TraceContext trace;
    TimePoint received;
  };
  struct Turn {
    const Route* route;
    pb::ClientFrame frame;
    TimePoint received;
  };

  pb::ConnectRequest connect_request() const;
  // Route $disconnect, when no call that stores the connection is under way.
  void depart();
  void connect_ended(Attempts attempts);
  void take(DecodedCommand decoded);
  void complete_command(pb::ClientFrame& frame) const;
  // The command's own trace, or the next part of the connection's.
  TraceContext trace_of(const pb::ClientFrame& frame);
  void run(const Route& route, pb::ClientFrame frame, TimePoint received);
  // As to the order of commands.
  bool may_begin(const Route& route) const;
  void begin(const Route& route, pb::ClientFrame frame, TimePoint received);
  void next_turns();
  // Begins kPaged commands that wait, as far as they may.
  void next_pages();
  bool may_begin_page();
  void command_ended(RouteOrder order);
  void reply(Command command, pb::Reply reply);
  void note_ended(const Command& command, const pb::Reply& answer);

  ConnectionEnvironment& environment_;
  const WireFormat& format_;
  const std::string id_;
  const std::string room_;
  pb::Author author_;
  const Permissions permissions_;
  const std::shared_ptr<Feed> feed_;
  std::unique_ptr<pb::ClientFrame> subscription_;  // until it is open
  Transport* transport_ = nullptr;
  enum class State { kNew, kConnecting, kConnected, kClosed } state_ = State::kNew;
  int connects_under_way_ = 0;
  // A backend may yet carry out an attempt to store the connection.
  bool may_be_stored_late_ = false;
  std::size_t outstanding_ = 0;
  TraceContext trace_;                           // the connection's; its span is that of the last command
  const TraceContext* command_trace_ = nullptr;  // while a command is begun
  TokenBucket rate_;
  TokenBucket page_bytes_;
  enum class Pace { kFree, kTooMany, kTooFast } pace_ = Pace::kFree;  // of commands: why nothing is read
  bool is_page_slowed_ = false;                                       // more bytes of pages than it may have
  std::list<Turn> turns_;  // kInOrder and kInTurn commands that are not begun. Empty, a list takes no memory of its own
  std::uint32_t in_order_ = 0;  // kInOrder commands under way
  bool turn_is_taken_ = false;  // a kInTurn command is under way
  std::list<Turn> pages_;       // kPaged commands that are not begun
  std::size_t pages_under_way_ = 0;
  bool is_beginning_pages_ = false;
};

}  // namespace parley::gateway
