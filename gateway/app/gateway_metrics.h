// The metrics of a gateway: docs/operations/metrics.md says what each of them means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/metrics/exposition.h"
#include "gateway/hub/delivery_metrics.h"
#include "gateway/hub/room_registry.h"
#include "gateway/routes/connection_metrics.h"
#include "gateway/web/socket_metrics.h"

namespace parley::gateway {

// What its parts say at a scrape.
struct GatewayMetrics {
  std::size_t websockets = 0;
  std::size_t http_connections = 0;
  std::size_t calls_under_way = 0;
  std::int64_t certificate_expires_s = 0;  // since the Unix epoch; 0 without TLS
  bool is_ready = false;
  bool is_attached = false;
  std::uint64_t attaches = 0;
  std::uint64_t losses = 0;
  std::array<std::int64_t, 3> backends{};  // by BackendHealth
  const RegistryMetrics* registry = nullptr;
  // One for each I/O thread.
  std::vector<const DeliveryMetrics*> deliveries;
  std::vector<const ConnectionMetrics*> connections;
  std::vector<const SocketMetrics*> sockets;
};

void expose_gateway(Exposition& exposition, const GatewayMetrics& metrics);

}  // namespace parley::gateway
