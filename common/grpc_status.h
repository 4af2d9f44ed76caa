// Errors on their way through gRPC: canonical code, message, and one google.rpc.ErrorInfo in the details trailer.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace parley {

grpc::Status to_grpc_status(const absl::Status& status);

// The reverse; a status without a readable ErrorInfo keeps its code and message.
absl::Status from_grpc_status(const grpc::Status& status);

}  // namespace parley
