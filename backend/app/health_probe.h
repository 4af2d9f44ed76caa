// `chat-backend health`: asks a running backend whether it serves. For container health checks.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/status.h"

namespace parley::backend {

// Calls grpc.health.v1.Health/Check for the whole server at `target` (host:port, no TLS). OK only when it answers
// SERVING within `limit`; otherwise the reason. Blocks the caller.
absl::Status probe_health(const std::string& target, std::chrono::milliseconds limit);

}  // namespace parley::backend
