// One room as the hub sees it. Plain data, guarded by the hub's lock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/chat/subscription.h"
#include "chat/v1/event.pb.h"
#include "chat/v1/stream_position.pb.h"

namespace parley::backend {

using SharedEvent = std::shared_ptr<const pb::Event>;

enum class MemberState {
  kWaiting,     // for the room's head to become known
  kCatchingUp,  // a read is under way; live events are held back
  kLive,
};

// A subscription's interest in a room.
struct HubMember {
  std::shared_ptr<Subscription> subscription;
  std::uint64_t join_number = 0;  // tells this join from an earlier one of the same subscription
  MemberState state = MemberState::kWaiting;
  std::optional<pb::StreamPosition> asked;
  bool told = false;       // RoomJoined has been pushed
  std::int64_t given = 0;  // the last offset that this member needs no longer
  std::vector<SharedEvent> held;
  bool held_lost = false;  // more came than may be held: read once more
};

struct HubRoom {
  std::uint64_t number = 0;        // tells this life of the room from an earlier one
  bool known = false;              // `position` is valid
  pb::StreamPosition position;     // the last change that was emitted
  std::int64_t known_head = 0;     // the largest offset heard of
  std::int64_t polled_offset = 0;  // `position` when the poll under way began
  bool read_in_flight = false;
  bool verify = false;                        // something does not fit: ask the store where the room is
  std::map<std::int64_t, SharedEvent> early;  // events beyond a gap, by offset
  std::vector<HubMember> members;
  SharedEvent presence;  // the last one sent
  bool presence_waiting = false;
};

}  // namespace parley::backend
