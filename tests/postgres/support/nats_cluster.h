// NATS servers of a test's own, by tests/support/nats_cluster.
#pragma once

#include <string>
#include <vector>

#include "backend/broker/nats_options.h"

namespace parley::backend {

// Runs from the construction to the destruction, below the folder that PARLEY_TEST_NATS names
// (tests/support/with_nats). Nodes are numbered from 1 and keep their ports. Throws std::runtime_error when the command
// fails.
class NatsCluster {
 public:
  explicit NatsCluster(int nodes);
  ~NatsCluster();
  NatsCluster(const NatsCluster&) = delete;
  NatsCluster& operator=(const NatsCluster&) = delete;

  // For a broker that knows all nodes, or only the given ones.
  NatsBrokerOptions options() const;
  NatsBrokerOptions options(const std::vector<int>& nodes) const;
  const NatsServer& server(int node) const { return servers_.at(static_cast<std::size_t>(node) - 1); }
  // KILL, TERM (both wait for the end), STOP or CONT.
  void signal(int node, const std::string& name);
  // Starts a node that has ended; returns when it serves.
  void launch(int node);

 private:
  std::string folder_;
  std::vector<NatsServer> servers_;
};

}  // namespace parley::backend
