#include "tests/faults/socket_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

constexpr std::chrono::milliseconds kRetryPause{200};
constexpr int kPageSize = 500;

}  // namespace

SocketReader::SocketReader(World& world, ReaderOptions options, Format format)
    : world_(world), options_(std::move(options)), codec_(make_codec(format)), dawdle_(options_.dawdle) {
  for (const std::string& room : options_.rooms) views_.emplace_back(world, options_.name, room);
}

Task<void> SocketReader::run() {
  Pauses pauses(world_);
  while (!is_ended_) {
    WebSocketTarget target{.port = world_.any_gateway(),
                           .path = absl::StrCat("/ws?room=", options_.rooms.front(), "&author_id=", options_.name),
                           .subprotocol = std::string(codec_->subprotocol())};
    auto socket = co_await WebSocket::open(std::move(target));
    if (!socket.ok()) {
      co_await pause(pauses.next());
      continue;
    }
    pauses.reset();
    socket_ = socket->get();
    asked_.clear();
    co_await use(**socket);
    socket_ = nullptr;
  }
}

Task<void> SocketReader::use(WebSocket& socket) {
  for (RoomView& view : views_) {
    if (!(co_await subscribe(socket, view)).ok()) co_return;
    if (!view.fills().empty() && !(co_await ask_for_page(socket, view)).ok()) co_return;
  }
  while (socket.is_open()) {
    const absl::StatusOr<std::string> text = co_await socket.read();
    if (!text.ok()) co_return;
    absl::StatusOr<pb::ServerFrame> frame = codec_->decode(*text);
    if (!frame.ok()) {
      world_.history.add_violation(absl::StrCat(name(), ": ", frame.status().message()));
      continue;
    }
    if (!(co_await take(socket, *std::move(frame))).ok()) co_return;
    if (dawdle_.count() > 0) co_await pause(dawdle_);
  }
}

Task<absl::Status> SocketReader::write(WebSocket& socket, pb::ClientFrame frame, Asked asked) {
  frame.set_request_id(absl::StrCat("r", ++requests_));
  asked_[frame.request_id()] = asked;
  co_return co_await socket.write(codec_->encode(frame), codec_->is_binary());
}

Task<absl::Status> SocketReader::subscribe(WebSocket& socket, RoomView& view) {
  pb::ClientFrame frame;
  frame.mutable_subscribe()->set_room(view.room());
  if (view.position()) *frame.mutable_subscribe()->mutable_position() = *view.position();
  co_return co_await write(socket, std::move(frame), {&view, Question::kSubscribe});
}

Task<absl::Status> SocketReader::ask_for_page(WebSocket& socket, RoomView& view) {
  pb::ClientFrame frame;
  frame.mutable_get_messages()->set_room(view.room());
  frame.mutable_get_messages()->set_page_size(kPageSize);
  frame.mutable_get_messages()->set_page_token(view.fills().front().token);
  co_return co_await write(socket, std::move(frame), {&view, Question::kPage});
}

Task<absl::Status> SocketReader::take(WebSocket& socket, pb::ServerFrame frame) {
  if (frame.has_reply()) co_return co_await take_reply(socket, frame.reply());
  const pb::Push& push = frame.push();
  if (push.has_event()) {
    if (RoomView* const view = find(push.event().room()); view != nullptr) {
      view->take_event(push.event());
    } else {
      world_.history.add_violation(absl::StrCat(name(), ": an event of a foreign room ", push.event().room()));
    }
  } else if (push.has_resync()) {
    RoomView* const view = find(push.resync().room());
    if (view != nullptr) co_return co_await subscribe(socket, *view);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> SocketReader::take_reply(WebSocket& socket, pb::Reply reply) {
  const auto found = asked_.find(reply.request_id());
  if (found == asked_.end()) {
    world_.history.add_violation(absl::StrCat(name(), ": a reply to nothing asked, ", reply.request_id()));
    co_return absl::OkStatus();
  }
  RoomView& view = *found->second.view;
  const Question question = found->second.question;
  asked_.erase(found);
  if (reply.has_error()) {
    if (!reply.error().retryable()) {
      world_.history.add_violation(absl::StrCat(name(), ": a final error, ", reply.error().reason()));
    }
    co_await pause(kRetryPause);
    if (question == Question::kPage) co_return co_await ask_for_page(socket, view);
    co_return co_await subscribe(socket, view);
  }
  const bool was_filling = !view.fills().empty();
  if (reply.has_subscribe()) view.take_catch_up(reply.subscribe());
  if (reply.has_get_messages()) view.take_page(reply.get_messages());
  const bool asks_now = question == Question::kPage || !was_filling;
  if (!view.fills().empty() && asks_now) co_return co_await ask_for_page(socket, view);
  co_return absl::OkStatus();
}

RoomView* SocketReader::find(const std::string& room) {
  const auto found =
      std::find_if(views_.begin(), views_.end(), [&](const RoomView& view) { return view.room() == room; });
  return found == views_.end() ? nullptr : &*found;
}

void SocketReader::end() {
  is_ended_ = true;
  if (socket_ != nullptr) socket_->end();
}

std::optional<std::int64_t> SocketReader::position(const std::string& room) const {
  for (const RoomView& view : views_) {
    if (view.room() != room) continue;
    if (view.position() && view.fills().empty()) return view.position()->offset();
    return -1;
  }
  return std::nullopt;
}

}  // namespace parley::faults
