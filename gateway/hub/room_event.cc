#include "gateway/hub/room_event.h"

#include <optional>
#include <utility>

namespace parley::gateway {

RoomEvent::RoomEvent(pb::Event event) : event_(std::move(event)), bytes_(event_.ByteSizeLong() + sizeof(RoomEvent)) {}

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
