// The metrics of a backend: docs/operations/metrics.md says what each of them means.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/api/api_metrics.h"
#include "backend/chat/chat_rooms.h"
#include "backend/chat/hub.h"
#include "backend/postgres/postgres_store.h"
#include "common/metrics/exposition.h"

namespace parley::backend {

// What its parts say at a scrape.
struct BackendMetrics {
  const ApiMetrics& api;
  const ChatMetrics& chat;
  const HubMetrics& hub;
  HubSizes hub_sizes;
  const PostgresStore& store;
  std::size_t streams = 0;
  bool is_ready = false;
  std::uint64_t hints_received = 0;
  std::uint64_t broker_connections = 0;
};

void expose_backend(Exposition& exposition, const BackendMetrics& metrics);

}  // namespace parley::backend
