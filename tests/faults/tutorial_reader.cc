#include "tests/faults/tutorial_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::faults {

TutorialReader::TutorialReader(World& world, std::string name, std::string room)
    : world_(world),
      name_(std::move(name)),
      room_(std::move(room)),
      codec_(make_codec(Format::kTutorial)),
      view_(world.history.add_view(name_, room_, ViewKind::kTutorial)) {}

Task<void> TutorialReader::run() {
  Pauses pauses(world_);
  while (!is_ended_) {
    WebSocketTarget target{.port = world_.any_gateway(),
                           .path = absl::StrCat("/ws?room=", room_, "&author_id=", name_),
                           .subprotocol = ""};
    auto socket = co_await WebSocket::open(std::move(target));
    if (!socket.ok()) {
      co_await pause(pauses.next());
      continue;
    }
    pauses.reset();
    socket_ = socket->get();
    last_offset_ = 0;
    view_.entries.push_back({.kind = EntryKind::kConnected, .time = std::chrono::steady_clock::now()});
    while (true) {
      const absl::StatusOr<std::string> text = co_await (*socket)->read();
      if (!text.ok()) break;
      const absl::StatusOr<pb::ServerFrame> frame = codec_->decode(*text);
      if (frame.ok()) {
        take(*frame);
      } else {
        world_.history.add_violation(absl::StrCat(name_, ": ", frame.status().message()));
      }
    }
    socket_ = nullptr;
  }
}

void TutorialReader::take(const pb::ServerFrame& frame) {
  if (!frame.push().has_event()) return;
  const pb::Message& message = frame.push().event().message();
  const SteadyTime now = std::chrono::steady_clock::now();
  const std::int64_t index = world_.history.find(room_, "", message.body());
  last_offset_ = message.change_offset();
  view_.entries.push_back({.kind = EntryKind::kMessage, .offset = last_offset_, .message = index, .time = now});
}

void TutorialReader::end() {
  is_ended_ = true;
  if (socket_ != nullptr) socket_->end();
}

std::optional<std::int64_t> TutorialReader::position(const std::string& room) const {
  // A connection that has seen nothing yet has nothing to be behind of.
  if (room != room_ || last_offset_ == 0) return std::nullopt;
  return last_offset_;
}

}  // namespace parley::faults
