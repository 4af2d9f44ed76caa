// What the two halves of the hub say to each other and to the outside. See hub.h for how they are put together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "gateway/hub/room_event.h"

namespace parley::gateway {

// Tells one acquisition of a room by a shard from a later one.
using Generation = std::uint64_t;

// The room registry, as a shard sees it.
class RegistryPort {
 public:
  virtual ~RegistryPort() = default;
  // Answered by ShardPort::room_live or room_refused with the same generation.
  virtual void acquire(std::string room, Generation generation) = 0;
  virtual void release(std::string room, Generation generation) = 0;
};

// A shard, as the registry sees it.
class ShardPort {
 public:
  virtual ~ShardPort() = default;
  // Every change after `position` follows.
  virtual void room_live(std::string room, Generation generation, pb::StreamPosition position) = 0;
  virtual void room_refused(std::string room, Generation generation, absl::Status status) = 0;
  // Changes up to `position` are missing: who has not got them must resume.
  virtual void room_reset(std::string room, pb::StreamPosition position) = 0;
  // `ticket` is let go when the shard has delivered the event: its owner bounds the events under way with it.
  virtual void room_event(RoomEventPtr event, std::shared_ptr<void> ticket) = 0;
};

// The stream to a backend, as the registry sees it.
class RoomLink {
 public:
  virtual ~RoomLink() = default;
  // RoomRegistry::wish(room) has changed: tell the backend, now or when attached again.
  virtual void room_changed(const std::string& room) = 0;
};

// A socket in the hub, on its I/O thread. Except for `offer`, it may call the shard from within these.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  virtual const WireFormat& format() const = 0;
  // Takes the frame for sending and returns true, or returns false when its queue is full.
  virtual bool offer(const Frame& frame) = 0;
  // The room is joined and every event after `position` is kept: call Resume, then HubShard::resumed with `token`.
  virtual void room_ready(const std::string& room, std::uint64_t token, const pb::StreamPosition& position) = 0;
  // The room cannot be joined; the subscription is gone.
  virtual void room_refused(const std::string& room, const absl::Status& status) = 0;
  // Nothing after `position` was taken: subscribe again from there. The subscription is gone.
  virtual void room_lost(const std::string& room, const pb::StreamPosition& position) = 0;
};

}  // namespace parley::gateway
