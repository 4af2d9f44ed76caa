// What one connection may take, and for how long.
#pragma once

#include <chrono>
#include <cstddef>

namespace parley::gateway {

struct WebLimits {
  std::size_t frame_bytes_max;
  std::size_t send_queue_bytes_max;
  std::size_t header_bytes_max;
  std::chrono::milliseconds handshake_timeout;
  std::chrono::milliseconds keep_alive_timeout;
  std::chrono::milliseconds response_timeout;
  std::chrono::milliseconds close_timeout;
  std::chrono::milliseconds ping_interval;
};

}  // namespace parley::gateway
