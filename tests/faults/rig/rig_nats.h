// A NATS cluster of the rig.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/child_process.h"
#include "tests/support/reserved_port.h"

namespace parley::faults {

// Nodes in a full mesh. They tell their clients nothing of one another, so that a client knows the gates only. Used by
// one thread.
class RigNats {
 public:
  // UNIMPLEMENTED without the program nats-server, RESOURCE_EXHAUSTED without ports.
  static absl::StatusOr<std::unique_ptr<RigNats>> make(const std::filesystem::path& folder, std::size_t nodes);

  // Launches all, and waits until they accept clients.
  absl::Status start(std::chrono::milliseconds limit);
  std::size_t nodes() const { return nodes_.size(); }
  ServerProcess& node(std::size_t index) { return *nodes_[index]; }

 private:
  std::vector<ReservedPort> route_ports_;
  std::vector<std::unique_ptr<ServerProcess>> nodes_;
};

}  // namespace parley::faults
