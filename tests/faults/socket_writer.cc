#include "tests/faults/socket_writer.h"

#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

using boost::asio::experimental::awaitable_operators::operator&&;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{10};

}  // namespace

SocketWriter::SocketWriter(World& world, WriterOptions options, Format format)
    : world_(world),
      options_(std::move(options)),
      format_(format),
      codec_(make_codec(format)),
      outbox_(world, options_) {}

Task<void> SocketWriter::run() {
  Pauses pauses(world_);
  while (!is_over()) {
    WebSocketTarget target{.port = world_.any_gateway(),
                           .path = absl::StrCat("/ws?room=", options_.rooms.front(), "&name=", options_.name,
                                                "&author_id=", options_.name),
                           .subprotocol = std::string(codec_->subprotocol())};
    auto socket = co_await WebSocket::open(std::move(target));
    if (!socket.ok()) {
      co_await pause(pauses.next());
      continue;
    }
    pauses.reset();
    socket_ = socket->get();
    co_await (send(**socket) && receive(**socket));
    socket_ = nullptr;
    outbox_.unanswered(steady_clock::now());
  }
}

Task<void> SocketWriter::send(WebSocket& socket) {
  while (socket.is_open() && !is_over()) {
    const SteadyTime now = steady_clock::now();
    outbox_.produce(now);
    if (outbox_.has_overdue(now)) break;
    SentMessage* const due = outbox_.take_due(now);
    if (due == nullptr) {
      co_await pause(kTick);
      continue;
    }
    pb::ClientFrame frame;
    frame.set_request_id(due->request_id);
    frame.mutable_send_message()->set_room(due->room);
    frame.mutable_send_message()->set_body(due->body);
    frame.mutable_send_message()->set_client_time("1700000000000");
    const std::string request_id = due->request_id;
    const absl::Status written = co_await socket.write(codec_->encode(frame), codec_->is_binary());
    if (format_ == Format::kTutorial) outbox_.forget(request_id);
    if (!written.ok()) break;
  }
  if (is_over() && !is_ended_) co_await socket.close();
  socket.end();
}

Task<void> SocketWriter::receive(WebSocket& socket) {
  while (socket.is_open()) {
    const absl::StatusOr<std::string> text = co_await socket.read();
    if (!text.ok()) break;
    const absl::StatusOr<pb::ServerFrame> frame = codec_->decode(*text);
    if (!frame.ok()) {
      world_.history.add_violation(absl::StrCat(name(), ": ", frame.status().message()));
    } else if (frame->has_reply() && format_ != Format::kTutorial) {
      take_reply(frame->reply());
    }
  }
  socket.end();
}

void SocketWriter::take_reply(const pb::Reply& reply) {
  const SteadyTime now = steady_clock::now();
  if (reply.has_error()) {
    const pb::Error& error = reply.error();
    outbox_.failed(reply.request_id(), error.retryable(), error.reason(), now);
  } else if (reply.has_send_message()) {
    const pb::SendMessageResponse& response = reply.send_message();
    outbox_.acknowledged(reply.request_id(), {response.epoch(), response.message().offset()}, now);
  }
}

void SocketWriter::end() {
  is_ended_ = true;
  if (socket_ != nullptr) socket_->end();
}

}  // namespace parley::faults
