// Connections that begin and end, many to a transaction.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/chat/store.h"
#include "backend/postgres/session.h"

namespace parley::backend {

struct PendingConnect {
  pb::ConnectRequest request;
  CallLimit limit;
  Completion<StoredConnection> done;
};

// Of a connection whose Connect was answered: without a gateway_id.
struct PendingDisconnect {
  pb::DisconnectRequest request;
  CallLimit limit;
  Completion<RemovedConnection> done;
};

// Each returns a result for each request, in their order; those that are OK are committed. What the database refuses
// fails alone: the others are then stored in parts.

// Makes the rooms and the gateways' leases that are not there; CONNECTION_ENDED, see Store::connect.
std::vector<absl::StatusOr<StoredConnection>> write_connects(Session& session, std::span<const PendingConnect> connects,
                                                             std::chrono::milliseconds lease);
std::vector<absl::StatusOr<RemovedConnection>> write_disconnects(Session& session,
                                                                 std::span<const PendingDisconnect> disconnects);

}  // namespace parley::backend
