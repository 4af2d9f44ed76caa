// The gateway's hub: rooms -> sockets. The registry lives on the control thread, a shard on each I/O thread; between
// them go posted calls, in order, so that neither needs a lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "common/clock.h"
#include "gateway/hub/executor.h"
#include "gateway/hub/hub_shard.h"
#include "gateway/hub/room_registry.h"

namespace parley::gateway {

class Hub {
 public:
  struct Limits {
    RoomRegistry::Limits rooms;
    std::size_t pending_bytes_max;  // see HubShard
  };

  // All arguments outlive the hub, and the executors have ended when it is destroyed.
  Hub(RoomLink& link, Executor& control, std::vector<Executor*> io_threads, const Clock& clock, const Limits& limits);
  ~Hub();

  // To be used on the I/O thread of that number only.
  HubShard& shard(std::size_t io_thread);
  // To be used on the control thread only.
  RoomRegistry& registry() { return *registry_; }
  // Any thread.
  const DeliveryMetrics& delivery_metrics(std::size_t io_thread) const;
  const RegistryMetrics& registry_metrics() const;

 private:
  class ToRegistry;
  class ToShard;

  std::vector<std::unique_ptr<ToRegistry>> to_registry_;
  std::vector<std::unique_ptr<HubShard>> shards_;
  std::vector<std::unique_ptr<ToShard>> to_shards_;
  std::unique_ptr<RoomRegistry> registry_;
};

}  // namespace parley::gateway
