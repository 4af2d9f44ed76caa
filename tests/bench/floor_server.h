// The least program that broadcasts: what the kernel alone costs, for comparison.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace parley::bench {

enum class FloorWrites {
  kEach,      // one write for each frame and socket
  kGathered,  // all frames that came in one round of epoll(7) leave a socket in one write
};

// Serves the plain protocol (plain_protocol.h) on 127.0.0.1 and any port, which `listening` is told, until the process
// is ended. It is no WebSocket server: it believes every upgrade request, sends no pings, and keeps what a slow reader
// does not take.
absl::Status run_floor_server(FloorWrites writes, const std::function<void(std::uint16_t)>& listening);

}  // namespace parley::bench
