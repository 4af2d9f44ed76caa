#include "gateway/hub/hub_shard.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parley::gateway {

namespace {

// A frame of more events than fit here would fill a queue at once.
constexpr std::size_t kRoundBytesMax = 32UL * 1024;

}  // namespace

enum class Phase { kWaiting, kResuming, kLive, kLagging };

// What came by while a subscription resumes.
struct HubShard::Kept {
  std::vector<RoomEventPtr> events;
  RoomEventPtr presence;  // only the newest counts
  std::size_t bytes = 0;
  std::int64_t dropped_up_to = 0;  // where it was too much: the last change that was not kept
};

struct HubShard::Subscription {
  Subscriber* subscriber;
  Room* room;
  std::size_t index;  // in Room::subscriptions
  Phase phase = Phase::kWaiting;
  std::uint64_t token = 0;
  pb::StreamPosition position;  // once live: the last change that was taken for sending
  std::unique_ptr<Kept> kept;   // in kResuming
};

struct HubShard::Room {
  std::string name;
  Generation generation;
  bool live = false;
  pb::StreamPosition complete_after;  // no change after this is missing on this shard
  pb::StreamPosition position;        // the last change that came by
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  std::vector<RoomEventPtr> round;  // within room_events(): what is not delivered yet
  std::size_t round_bytes = 0;
};

HubShard::HubShard(RegistryPort& registry, std::size_t pending_bytes_max, const Clock& clock)
    : registry_(registry), pending_bytes_max_(pending_bytes_max), clock_(clock) {}

HubShard::~HubShard() = default;

void HubShard::subscribe(Subscriber& subscriber, const std::string& room) {
  if (Subscription* repeated = find(subscriber, room); repeated != nullptr) {
    if (repeated->room->live) make_ready(*repeated);
    return;
  }
  std::unique_ptr<Room>& slot = rooms_[room];
  const bool first = slot == nullptr;
  if (first) {
    slot = std::make_unique<Room>();
    slot->name = room;
    slot->generation = ++last_generation_;
  }
  auto subscription = std::make_unique<Subscription>();
  subscription->subscriber = &subscriber;
  subscription->room = slot.get();
  subscription->index = slot->subscriptions.size();
  Subscription& added = *subscription;
  slot->subscriptions.push_back(std::move(subscription));
  by_subscriber_[&subscriber].push_back(&added);
  if (first) registry_.acquire(room, added.room->generation);
  if (added.room->live) make_ready(added);
}

void HubShard::make_ready(Subscription& subscription) {
  subscription.phase = Phase::kResuming;
  subscription.token = ++last_token_;
  subscription.kept = std::make_unique<Kept>();
  const std::string room = subscription.room->name;
  const pb::StreamPosition position = subscription.room->position;
  subscription.subscriber->room_ready(room, subscription.token, position);
}

void HubShard::resumed(Subscriber& subscriber, const std::string& room, std::uint64_t token,
                       const pb::StreamPosition& position) {
  Subscription* subscription = find(subscriber, room);
  if (subscription == nullptr || subscription->phase != Phase::kResuming || subscription->token != token) return;
  subscription->phase = Phase::kLive;
  subscription->position = position;
  const pb::StreamPosition& complete_after = subscription->room->complete_after;
  const bool hole = complete_after.epoch() == position.epoch() && position.offset() < complete_after.offset();
  const std::unique_ptr<Kept> kept = std::move(subscription->kept);
  if (hole || position.offset() < kept->dropped_up_to) return lose(*subscription);
  for (const RoomEventPtr& event : kept->events) deliver(*subscription, event);
  if (kept->presence != nullptr) deliver(*subscription, kept->presence);
}

void HubShard::unsubscribe(Subscriber& subscriber, const std::string& room) {
  if (Subscription* subscription = find(subscriber, room); subscription != nullptr) erase(*subscription);
}

void HubShard::remove(Subscriber& subscriber) {
  for (auto found = by_subscriber_.find(&subscriber); found != by_subscriber_.end();
       found = by_subscriber_.find(&subscriber)) {
    erase(*found->second.back());
  }
}

void HubShard::drained(Subscriber& subscriber) {
  const auto found = by_subscriber_.find(&subscriber);
  if (found == by_subscriber_.end()) return;
  std::vector<std::string> lagging;
  for (const Subscription* subscription : found->second) {
    if (subscription->phase == Phase::kLagging) lagging.push_back(subscription->room->name);
  }
  for (const std::string& room : lagging) {
    Subscription* subscription = find(subscriber, room);
    if (subscription != nullptr && subscription->phase == Phase::kLagging) lose(*subscription);
  }
}

std::size_t HubShard::room_count(const Subscriber& subscriber) const {
  const auto found = by_subscriber_.find(&subscriber);
  return found == by_subscriber_.end() ? 0 : found->second.size();
}

bool HubShard::is_subscribed(const Subscriber& subscriber, const std::string& room) const {
  return find(subscriber, room) != nullptr;
}

void HubShard::room_live(const std::string& name, Generation generation, const pb::StreamPosition& position) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || found->second->generation != generation || found->second->live) return;
  Room& room = *found->second;
  room.live = true;
  room.complete_after = position;
  room.position = position;
  std::vector<Subscriber*> waiting;
  for (const auto& subscription : room.subscriptions) waiting.push_back(subscription->subscriber);
  for (Subscriber* subscriber : waiting) {
    Subscription* subscription = find(*subscriber, name);
    if (subscription != nullptr && subscription->phase == Phase::kWaiting) make_ready(*subscription);
  }
}

void HubShard::room_refused(const std::string& name, Generation generation, const absl::Status& status) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || found->second->generation != generation) return;
  std::vector<Subscriber*> refused;
  for (const auto& subscription : found->second->subscriptions) refused.push_back(subscription->subscriber);
  for (Subscriber* subscriber : refused) {
    Subscription* subscription = find(*subscriber, name);
    if (subscription == nullptr) continue;
    erase(*subscription);
    subscriber->room_refused(name, status);
  }
}

void HubShard::room_reset(const std::string& name, const pb::StreamPosition& position) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || !found->second->live) return;
  Room& room = *found->second;
  room.complete_after = position;
  room.position = position;
  std::vector<Subscriber*> behind;
  for (const auto& subscription : room.subscriptions) {
    const pb::StreamPosition& had = subscription->position;
    const bool complete = had.epoch() == position.epoch() && had.offset() >= position.offset();
    if (subscription->phase == Phase::kLive && !complete) behind.push_back(subscription->subscriber);
  }
  for (Subscriber* subscriber : behind) {
    Subscription* subscription = find(*subscriber, name);
    if (subscription != nullptr && subscription->phase == Phase::kLive) lose(*subscription);
  }
}

// No subscriber calls back from within `offer`, so that the rooms stay where they are.
void HubShard::room_events(std::span<const RoomEventPtr> events) {
  for (const RoomEventPtr& event : events) {
    const auto found = rooms_.find(event->room());
    if (found == rooms_.end() || !found->second->live) continue;
    Room& room = *found->second;
    if (room.round.empty()) {
      busy_rooms_.push_back(&room);
    } else if (room.round_bytes + event->bytes() > kRoundBytesMax) {
      deliver_round(room);
    }
    room.round.push_back(event);
    room.round_bytes += event->bytes();
  }
  for (Room* room : busy_rooms_) deliver_round(*room);
  busy_rooms_.clear();
}

void HubShard::deliver_round(Room& room) {
  RoomBatch batch(room.round);
  if (batch.last_position() != nullptr) room.position = *batch.last_position();
  missed_ = 0;
  for (const auto& subscription : room.subscriptions) {
    if (subscription->phase == Phase::kLive) {
      deliver(*subscription, batch);
      continue;
    }
    ++missed_;
    if (subscription->phase != Phase::kResuming) continue;
    for (const RoomEventPtr& event : room.round) keep(*subscription, event);
  }
  note_round(room, room.subscriptions.size() - missed_);
  room.round.clear();
  room.round_bytes = 0;
}

void HubShard::deliver(Subscription& subscription, RoomBatch& batch) {
  if (!batch.is_new_after(subscription.position)) {
    ++missed_;
    for (const RoomEventPtr& event : batch.events()) deliver(subscription, event);
    return;
  }
  const Frame& frame = batch.frame(subscription.subscriber->format());
  if (frame == nullptr) {
    ++missed_;
  } else if (!subscription.subscriber->offer(frame)) {
    ++missed_;
    return lag(subscription);
  }
  if (batch.last_position() != nullptr) subscription.position.set_offset(batch.last_position()->offset());
}

void HubShard::deliver(Subscription& subscription, const RoomEventPtr& event) {
  if (subscription.phase != Phase::kLive) return;
  // Of another epoch than the socket's: a straggler from before the room's reset, which the socket has overtaken.
  const bool wanted = !event->has_position() || (event->position().epoch() == subscription.position.epoch() &&
                                                 event->position().offset() > subscription.position.offset());
  if (!wanted) return;
  const Frame& frame = event->frame(subscription.subscriber->format());
  if (frame != nullptr && !subscription.subscriber->offer(frame)) return lag(subscription);
  if (frame != nullptr) (event->has_position() ? metrics_.deliveries : metrics_.presences).add();
  if (event->has_position()) subscription.position.set_offset(event->position().offset());
}

void HubShard::lag(Subscription& subscription) {
  subscription.phase = Phase::kLagging;
  metrics_.slow_consumers.add();
}

// Once a round, and by those that did not take it, so that a delivery itself costs nothing more.
void HubShard::note_round(const Room& room, std::size_t sockets) {
  if (sockets == 0) return;
  const auto now = clock_.system_now();
  for (const RoomEventPtr& event : room.round) {
    if (!event->has_position()) {
      metrics_.presences.add(sockets);
      continue;
    }
    metrics_.deliveries.add(sockets);
    if (event->stored_at().has_value()) metrics_.latency.record(now - *event->stored_at(), sockets);
  }
}

void HubShard::keep(Subscription& subscription, const RoomEventPtr& event) {
  Kept& kept = *subscription.kept;
  if (!event->has_position()) {
    kept.presence = event;
    return;
  }
  kept.bytes += event->bytes();
  if (kept.bytes > pending_bytes_max_) {
    kept.dropped_up_to = event->position().offset();
    kept.events.clear();
    return;
  }
  kept.events.push_back(event);
}

HubShard::Subscription* HubShard::find(const Subscriber& subscriber, const std::string& room) const {
  const auto found = by_subscriber_.find(&subscriber);
  if (found == by_subscriber_.end()) return nullptr;
  const auto match =
      std::find_if(found->second.begin(), found->second.end(),
                   [&room](const Subscription* subscription) { return subscription->room->name == room; });
  return match == found->second.end() ? nullptr : *match;
}

void HubShard::lose(Subscription& subscription) {
  Subscriber& subscriber = *subscription.subscriber;
  const std::string room = subscription.room->name;
  const pb::StreamPosition position = subscription.position;
  metrics_.losses.add();
  erase(subscription);
  subscriber.room_lost(room, position);
}

void HubShard::erase(Subscription& subscription) {
  const auto owned = by_subscriber_.find(subscription.subscriber);
  assert(owned != by_subscriber_.end());
  std::erase(owned->second, &subscription);
  if (owned->second.empty()) by_subscriber_.erase(owned);
  Room& room = *subscription.room;
  const std::size_t index = subscription.index;
  std::swap(room.subscriptions[index], room.subscriptions.back());
  room.subscriptions[index]->index = index;
  room.subscriptions.pop_back();
  if (!room.subscriptions.empty()) return;
  const auto found = rooms_.find(room.name);
  const std::unique_ptr<Room> gone = std::move(found->second);
  rooms_.erase(found);
  registry_.release(gone->name, gone->generation);
}

}  // namespace parley::gateway
