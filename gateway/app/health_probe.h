// `chat-gateway health`: asks a running gateway whether it is ready. For container health checks.
#pragma once

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"

namespace parley::gateway {

// GET /readyz on loopback. OK only when it answers 200 within `limit`; otherwise the reason. Blocks the caller.
absl::Status probe_health(std::uint16_t port, std::chrono::milliseconds limit);

}  // namespace parley::gateway
