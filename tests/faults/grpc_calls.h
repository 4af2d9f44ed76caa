// Calls of the gRPC API as tasks of the clients' I/O thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "chat/v1/chat_service.grpc.pb.h"
#include "tests/faults/client.h"

namespace parley::faults {

namespace pb = chat::v1;

// A channel to each backend, shared by all gRPC clients of a run.
class Backends {
 public:
  explicit Backends(const std::vector<std::uint16_t>& ports);
  pb::ChatService::StubInterface& any(World& world) { return *stubs_[world.random() % stubs_.size()]; }

 private:
  std::vector<std::unique_ptr<pb::ChatService::Stub>> stubs_;
};

inline constexpr std::chrono::seconds kCallMax{10};

// Each answers within kCallMax. The status carries the reason, see common/grpc_status.h.
Task<absl::StatusOr<pb::SendMessageResponse>> send_message(World& world, Backends& backends,
                                                           pb::SendMessageRequest request);
Task<absl::StatusOr<pb::GetMessagesResponse>> get_messages(World& world, Backends& backends,
                                                           pb::GetMessagesRequest request);

}  // namespace parley::faults
