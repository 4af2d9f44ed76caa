// One I/O thread's part of the hub: its sockets' subscriptions, and the delivery of events to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/clock.h"
#include "gateway/hub/delivery_metrics.h"
#include "gateway/hub/ports.h"
#include "gateway/hub/room_batch.h"

namespace parley::gateway {

// A subscription goes: waiting for the room -> resuming (events are kept) -> live -> lagging (the socket's queue was
// full, nothing is kept) -> gone, told by room_lost once the queue has drained.
// Everything is called on one thread. Delivery costs no lock and no allocation.
class HubShard {
 public:
  // `pending_bytes_max`: events kept for one subscription while it resumes; with more it begins anew.
  // `registry` and `clock` outlive the shard.
  HubShard(RegistryPort& registry, std::size_t pending_bytes_max, const Clock& clock);
  ~HubShard();

  // Begins, or begins anew. room_ready follows, perhaps before this returns. The subscriber calls `remove` before it
  // goes away. `room` is valid.
  void subscribe(Subscriber& subscriber, const std::string& room);
  // The subscriber has everything up to `position`: kept events after it follow now, and live ones from then on.
  // Ignored unless `token` is that of the subscription's last room_ready.
  void resumed(Subscriber& subscriber, const std::string& room, std::uint64_t token,
               const pb::StreamPosition& position);
  void unsubscribe(Subscriber& subscriber, const std::string& room);
  void remove(Subscriber& subscriber);
  // The subscriber's queue has room again.
  void drained(Subscriber& subscriber);
  // Rooms that the subscriber is in or waits for.
  std::size_t room_count(const Subscriber& subscriber) const;
  bool is_subscribed(const Subscriber& subscriber, const std::string& room) const;

  // From the registry, see ShardPort.
  void room_live(const std::string& room, Generation generation, const pb::StreamPosition& position);
  void room_refused(const std::string& room, Generation generation, const absl::Status& status);
  void room_reset(const std::string& room, const pb::StreamPosition& position);
  // Events that came together leave together: those of a room as one frame.
  void room_events(std::span<const RoomEventPtr> events);

  // Any thread.
  const DeliveryMetrics& metrics() const { return metrics_; }

 private:
  struct Kept;
  struct Subscription;
  struct Room;

  Subscription* find(const Subscriber& subscriber, const std::string& room) const;
  void make_ready(Subscription& subscription);
  void deliver_round(Room& room);
  void deliver(Subscription& subscription, RoomBatch& batch);
  void deliver(Subscription& subscription, const RoomEventPtr& event);
  void lag(Subscription& subscription);
  // So many sockets took the round as a whole.
  void note_round(const Room& room, std::size_t sockets);
  void keep(Subscription& subscription, const RoomEventPtr& event);
  void lose(Subscription& subscription);
  void erase(Subscription& subscription);

  RegistryPort& registry_;
  const std::size_t pending_bytes_max_;
  const Clock& clock_;
  DeliveryMetrics metrics_;
  Generation last_generation_ = 0;
  std::uint64_t last_token_ = 0;
  std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;
  std::unordered_map<const Subscriber*, std::vector<Subscription*>> by_subscriber_;
  std::vector<Room*> busy_rooms_;  // within room_events()
  std::size_t missed_ = 0;         // within deliver_round(): subscriptions that did not take the round as a whole
};

}  // namespace parley::gateway
