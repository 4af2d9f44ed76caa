// The rooms that this gateway's sockets are in, and how far the stream from the backend has come in each.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "chat/v1/chat_service.pb.h"
#include "common/metrics/counter.h"
#include "gateway/hub/ports.h"

namespace parley::gateway {

// Written by the control thread, read by any.
struct RegistryMetrics {
  LocalCounter events;  // from the backend, each once
  LocalCounter resets;  // rooms whose sockets were told to resume
  Gauge rooms;          // as of the last sweep
};

// A room is joined for its first shard, and left a while after its last one has let go of it, so that a reloaded page
// finds it joined. Everything is called on one thread, the control thread.
class RoomRegistry {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Limits {
    std::size_t rooms_max;
    std::chrono::milliseconds linger;
  };

  // `link` and the shards outlive the registry.
  RoomRegistry(RoomLink& link, std::vector<ShardPort*> shards, Limits limits);
  ~RoomRegistry();

  // From shard number `shard`, see RegistryPort. Beyond rooms_max: UNAVAILABLE (OVERLOADED).
  void acquire(std::size_t shard, const std::string& room, Generation generation);
  void release(std::size_t shard, const std::string& room, Generation generation, TimePoint now);

  // From the stream. `ticket`: see ShardPort::room_event.
  void joined(const pb::RoomJoined& joined);
  void event(pb::Event event, const std::shared_ptr<void>& ticket);

  // What to ask the backend for: a join with the position reached, or nothing, which is a leave.
  std::optional<pb::RoomPosition> wish(const std::string& room) const;
  // All rooms, for a new stream.
  std::vector<std::string> rooms() const;

  // Leaves rooms whose linger has ended. Call it about as often as linger is long.
  void sweep(TimePoint now);

  // Any thread.
  const RegistryMetrics& metrics() const { return metrics_; }

 private:
  struct Room;

  bool make_place();
  void drop(const std::string& room);
  void reset(Room& room, const pb::StreamPosition& position);

  RoomLink& link_;
  const std::vector<ShardPort*> shards_;
  const Limits limits_;
  RegistryMetrics metrics_;
  std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;
};

}  // namespace parley::gateway
