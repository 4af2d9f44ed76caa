// What gRPC says of a call or a stream that failed, and when to try again.
#pragma once

#include <grpcpp/support/status.h>

#include <chrono>

#include "absl/status/status.h"
#include "common/random.h"

namespace parley::gateway {

// Nobody answered: a backend's own errors have details. Besides UNAVAILABLE these are what gRPC makes of a server that
// ends, or of a connection that breaks, in the middle of a call.
bool is_of_transport(const grpc::Status& status);

// For the caller: a backend's own error, or UNAVAILABLE (BACKEND_UNAVAILABLE).
absl::Status to_call_error(const grpc::Status& status);

// Pauses between attempts that grow and are jittered. The first one is at once: most failures are one backend's.
class RetryPauses {
 public:
  std::chrono::milliseconds next(RandomSource& random);
  void reset() { pause_ = std::chrono::milliseconds(0); }

 private:
  std::chrono::milliseconds pause_{0};
};

// With another backend to turn to, one that hangs gets only half of the time that is left, but not too little.
std::chrono::steady_clock::duration attempt_share(std::chrono::steady_clock::duration left, bool has_another);

}  // namespace parley::gateway
