// A broadcast on its way to the sockets: encoded once a wire format, its bytes shared by all of them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "chat/v1/event.pb.h"
#include "gateway/wire/wire_format.h"

namespace parley::gateway {

// Immutable to its users, thread-safe.
class RoomEvent {
 public:
  explicit RoomEvent(pb::Event event);

  const std::string& room() const { return event_.room(); }
  // Presence has none: it is neither stored nor ordered.
  bool has_position() const { return event_.has_position(); }
  const pb::StreamPosition& position() const { return event_.position(); }
  // When a new message was stored, by the database's clock; nothing for other changes.
  std::optional<std::chrono::system_clock::time_point> stored_at() const;
  // What holding the event costs, about.
  std::size_t bytes() const { return bytes_; }

  // Null where the format has no such frame. The first caller of each format encodes; the others get its bytes.
  const Frame& frame(const WireFormat& format) const;

 private:
  struct Encoding {
    std::once_flag once;
    Frame frame;
  };

  pb::Event event_;
  std::size_t bytes_;
  mutable std::array<Encoding, kWireFormatCount> encodings_;
};

using RoomEventPtr = std::shared_ptr<const RoomEvent>;

}  // namespace parley::gateway
