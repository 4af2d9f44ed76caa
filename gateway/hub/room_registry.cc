#include "gateway/hub/room_registry.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"

namespace parley::gateway {

struct RoomRegistry::Room {
  std::string name;
  std::vector<std::optional<Generation>> holders;  // by shard
  bool live = false;
  pb::StreamPosition position;  // once live: every change up to it went to the shards
  TimePoint unused_since;       // without holders

  bool unused() const {
    return std::none_of(holders.begin(), holders.end(), [](const auto& holder) { return holder.has_value(); });
  }
};

RoomRegistry::RoomRegistry(RoomLink& link, std::vector<ShardPort*> shards, Limits limits)
    : link_(link), shards_(std::move(shards)), limits_(limits) {}

RoomRegistry::~RoomRegistry() = default;

void RoomRegistry::acquire(std::size_t shard, const std::string& name, Generation generation) {
  auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    if (rooms_.size() >= limits_.rooms_max && !make_place()) {
      shards_[shard]->room_refused(name, generation,
                                   make_overloaded("rooms_max", "this gateway holds as many rooms as it may"));
      return;
    }
    found = rooms_.emplace(name, std::make_unique<Room>()).first;
    found->second->name = name;
    found->second->holders.resize(shards_.size());
    link_.room_changed(name);
  }
  Room& room = *found->second;
  room.holders[shard] = generation;
  if (room.live) shards_[shard]->room_live(name, generation, room.position);
}

void RoomRegistry::release(std::size_t shard, const std::string& name, Generation generation, TimePoint now) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || found->second->holders[shard] != generation) return;
  Room& room = *found->second;
  room.holders[shard].reset();
  if (room.unused()) room.unused_since = now;
}

void RoomRegistry::joined(const pb::RoomJoined& joined) {
  const auto found = rooms_.find(joined.room());
  if (found == rooms_.end()) return;
  Room& room = *found->second;
  const pb::StreamPosition& position = joined.position();
  if (!room.live) {
    room.live = true;
    room.position = position;
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      if (room.holders[shard]) shards_[shard]->room_live(room.name, *room.holders[shard], position);
    }
    return;
  }
  // Joined again from our position, all that follows is ours or repeated. Begun anywhere else, there is a hole.
  const bool hole = position.epoch() != room.position.epoch() || position.offset() > room.position.offset();
  if (joined.reset() || hole) reset(room, position);
}

void RoomRegistry::event(pb::Event event, const std::shared_ptr<void>& ticket) {
  const auto found = rooms_.find(event.room());
  if (found == rooms_.end() || !found->second->live) return;
  Room& room = *found->second;
  if (event.has_position()) {
    if (event.position().epoch() != room.position.epoch()) return reset(room, event.position());
    if (event.position().offset() <= room.position.offset()) return;
    room.position = event.position();
  }
  metrics_.events.add();
  const auto shared = std::make_shared<const RoomEvent>(std::move(event));
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (room.holders[shard]) shards_[shard]->room_event(shared, ticket);
  }
}

std::optional<pb::RoomPosition> RoomRegistry::wish(const std::string& name) const {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return std::nullopt;
  pb::RoomPosition wish;
  wish.set_room(name);
  if (found->second->live) *wish.mutable_position() = found->second->position;
  return wish;
}

std::vector<std::string> RoomRegistry::rooms() const {
  std::vector<std::string> names;
  names.reserve(rooms_.size());
  for (const auto& [name, room] : rooms_) names.push_back(name);
  return names;
}

void RoomRegistry::sweep(TimePoint now) {
  std::vector<std::string> ended;
  for (const auto& [name, room] : rooms_) {
    if (room->unused() && now - room->unused_since >= limits_.linger) ended.push_back(name);
  }
  for (const std::string& name : ended) drop(name);
  metrics_.rooms.set(static_cast<std::int64_t>(rooms_.size()));
}

// A room that only lingers gives way.
bool RoomRegistry::make_place() {
  const auto unused =
      std::find_if(rooms_.begin(), rooms_.end(), [](const auto& entry) { return entry.second->unused(); });
  if (unused == rooms_.end()) return false;
  drop(std::string(unused->first));
  return true;
}

void RoomRegistry::drop(const std::string& name) {
  rooms_.erase(name);
  link_.room_changed(name);
}

void RoomRegistry::reset(Room& room, const pb::StreamPosition& position) {
  metrics_.resets.add();
  room.position = position;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (room.holders[shard]) shards_[shard]->room_reset(room.name, position);
  }
}

}  // namespace parley::gateway
