#include "gateway/hub/room_event.h"

#include <optional>
#include <utility>

namespace parley::gateway {

RoomEvent::RoomEvent(pb::Event event) : event_(std::move(event)), bytes_(event_.ByteSizeLong() + sizeof(RoomEvent)) {}

std::optional<std::chrono::system_clock::time_point> RoomEvent::stored_at() const {
  const pb::Message& message = event_.message();
  if (!event_.has_message() || !message.has_create_time() || message.change_offset() != message.offset()) {
    return std::nullopt;
  }
  const auto since_epoch =
      std::chrono::seconds(message.create_time().seconds()) + std::chrono::nanoseconds(message.create_time().nanos());
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch));
}

const Frame& RoomEvent::frame(const WireFormat& format) const {
  Encoding& encoding = encodings_[static_cast<std::size_t>(format.id())];
  std::call_once(encoding.once, [&] {
    pb::Push push;
    *push.mutable_event() = event_;
    const std::optional<std::string> payload = format.encode_push(push);
    if (payload) encoding.frame = make_frame(format.opcode(), *payload);
  });
  return encoding.frame;
}

}  // namespace parley::gateway
