// What the functions under measurement are given.
#pragma once

#include <cstdint>
#include <string>

#include "chat/v1/event.pb.h"
#include "gateway/hub/room_event.h"

namespace parley::bench {

inline constexpr std::size_t kBodyBytes = 100;

// A message of kBodyBytes, as the backend announces it.
chat::v1::Event sample_event(std::int64_t offset);
gateway::RoomEventPtr sample_room_event(std::int64_t offset);
inline constexpr const char* kSampleRoom = "den";

}  // namespace parley::bench
