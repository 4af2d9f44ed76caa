// What one stream has still to send: a bounded queue between the hub and a transport.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "chat/v1/chat_service.pb.h"
#include "chat/v1/event.pb.h"
#include "common/metrics/counter.h"

namespace parley::backend {

namespace pb = chat::v1;

// What to do with a reader that falls behind further than the queue holds.
enum class OverflowPolicy {
  kBeginAnew,  // drop what waits, and tell each room that lost something to begin anew where it is then
  kEnd,        // drop everything; the stream is to be ended
};

// An item of a stream. Events are built once and shared by all subscriptions.
using StreamItem = std::variant<std::shared_ptr<const pb::Event>, std::shared_ptr<const pb::RoomJoined>>;

// The hub pushes, the transport pops. Thread-safe. Memory is bounded by the queue's limit and the number of rooms.
class Subscription {
 public:
  // `on_ready` is called without any lock when there is something to pop, or the overflow under kEnd. It may be
  // called more often than needed, late, and on several threads at once.
  // `overflows` counts those of the queue, if it is given, and outlives the subscription.
  Subscription(std::size_t events_max, OverflowPolicy policy, absl::AnyInvocable<void()> on_ready,
               Counter* overflows = nullptr);

  // The next item, if there is one.
  std::optional<StreamItem> pop();
  // True once the queue has overflowed under kEnd: nothing comes any more.
  bool is_overflowed() const;

  // For the hub, under its lock. Each but `forget` asks for a call of notify().
  // The room begins here; replaces all that waits of it.
  void push_joined(const std::string& room, const pb::StreamPosition& position, bool reset);
  // An event with a position. The room must have been joined.
  void push_change(std::shared_ptr<const pb::Event> event);
  // An event without a position: only a room's newest counts.
  void push_presence(std::shared_ptr<const pb::Event> event);
  // Drops all that waits of the room.
  void forget(const std::string& room);

  // For the hub, without its lock.
  void notify() { on_ready_(); }

 private:
  void push(StreamItem item);
  void overflow();
  void drop_room(const std::string& room);

  const std::size_t events_max_;
  const OverflowPolicy policy_;
  absl::AnyInvocable<void()> on_ready_;
  Counter* const overflows_;
  mutable std::mutex mutex_;
  std::deque<StreamItem> queue_;
  std::size_t events_waiting_ = 0;                           // of queue_; a RoomJoined waits at most once a room
  std::unordered_map<std::string, std::size_t> room_items_;  // how many items of queue_ each room has
  // Rooms that lost changes: where each is by now. They are told to begin anew as soon as the reader asks for more.
  std::map<std::string, pb::StreamPosition> stale_;
  // The newest presence of rooms that lost one.
  std::map<std::string, std::shared_ptr<const pb::Event>> late_presence_;
  bool overflowed_ = false;
};

}  // namespace parley::backend
