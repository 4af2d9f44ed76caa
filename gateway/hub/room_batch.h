// Events of one room that came together, on their way to the sockets of one shard.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "gateway/hub/room_event.h"

namespace parley::gateway {

// One frame a wire format for all of them, so that a socket costs the same for many events as for one. For as long as
// the events live; on one thread.
class RoomBatch {
 public:
  // At least one event, all of one room, in their order.
  explicit RoomBatch(std::span<const RoomEventPtr> events);

  std::span<const RoomEventPtr> events() const { return events_; }
  // Whoever has everything up to `position` wants all of the events.
  bool is_new_after(const pb::StreamPosition& position) const;
  // The last change among them; null where there is none.
  const pb::StreamPosition* last_position() const { return last_; }
  // The frames of all events, one behind the other; null where the format has none for any of them.
  const Frame& frame(const WireFormat& format);

 private:
  struct Encoding {
    bool done = false;
    Frame frame;
  };

  const std::span<const RoomEventPtr> events_;
  const pb::StreamPosition* first_ = nullptr;
  const pb::StreamPosition* last_ = nullptr;
  bool in_order_ = true;  // one epoch, ascending offsets
  std::array<Encoding, kWireFormatCount> encodings_;
};

}  // namespace parley::gateway
