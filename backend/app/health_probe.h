// `chat-backend health`: asks a running backend whether it serves. For container health checks.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "common/grpc_tls.h"

namespace parley::backend {

// Calls grpc.health.v1.Health/Check for the whole server at `target` (host:port), which is on this machine; `files` are
// its own. OK only when it answers SERVING within `limit`; otherwise the reason. Blocks the caller.
absl::Status probe_health(const std::string& target, std::chrono::milliseconds limit, const GrpcTlsFiles& files = {});

}  // namespace parley::backend
