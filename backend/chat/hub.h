// This process's subscriptions: what happens in a room reaches each of them once and in the order of the offsets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/chat/broker.h"
#include "backend/chat/hub_room.h"
#include "backend/chat/store.h"
#include "backend/chat/subscription.h"
#include "common/clock.h"
#include "common/metrics/counter.h"

namespace parley::backend {

struct HubLimits {
  std::chrono::milliseconds poll_interval{5000};  // between comparisons of all rooms with the store
  std::chrono::milliseconds presence_delay{150};  // arrivals and departures are told together after this, …
  // … or after so long for each author of the room: a crowd that comes and goes then costs the same a second however
  // large it is, because each telling costs a row and a delivery for each of them.
  std::chrono::microseconds presence_delay_per_author{1'000};
  std::chrono::milliseconds presence_delay_max{30'000};
  std::chrono::milliseconds retry_delay{200};  // no reads for so long after one has failed
  std::size_t held_events_max = 1024;          // for a room beyond a gap, and for a member that catches up
  std::size_t reads_in_flight_max = 16;        // reads of changes
  std::size_t presence_rooms_max = 1000;       // in one read of presences
  std::int64_t resume_changes_max = 1'000;     // the store's: a larger gap is a reset
};

// Thread-safe.
struct HubMetrics {
  Counter gap_reads;          // of changes that a room missed: hints came late, out of order, or not at all
  Counter catch_up_reads;     // of changes that a gateway missed
  Counter unannounced_heads;  // rooms that a comparison with the store found ahead of all that had been told
  Counter resets;             // rooms that began anew
  Counter read_failures;
};

// How much the hub holds.
struct HubSizes {
  std::size_t rooms = 0;
  std::size_t subscriptions = 0;
  std::size_t reads_waiting = 0;
};

// The store is the truth; publish() and hints say only that there is something new, in any order, twice or not at all.
// A room is emitted strictly by offset: what is missing is read from the store, one read a room at a time, and all
// rooms are compared with the store's heads every `poll_interval`, so that a lost hint costs time and nothing else.
//
// Thread-safe; nothing blocks. Completions of the store refer to the hub: stop the store before destroying it.
class Hub {
 public:
  Hub(Store& store, const Clock& clock, HubLimits limits);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Begins the room for a subscription: a RoomJoined, then the changes after `position` (from now on, when absent).
  // A join of a joined room begins anew.
  void join(const std::shared_ptr<Subscription>& subscription, const std::string& room,
            const std::optional<pb::StreamPosition>& position);
  // Nothing of the room is pushed after this.
  void leave(const std::shared_ptr<Subscription>& subscription, const std::string& room);
  // Leaves all rooms. The hub forgets the subscription.
  void unsubscribe(const std::shared_ptr<Subscription>& subscription);
  std::size_t room_count(const std::shared_ptr<Subscription>& subscription) const;

  // A committed change.
  void publish(const SharedEvent& event);
  // The room's connections have changed.
  void presence_changed(const std::string& room);
  // Who is in a room with more people than a presence lists, as it was last told here. Null for smaller rooms, which
  // cost little to read, and for those that this process does not follow.
  std::shared_ptr<const pb::Event> presence_of_crowd(const std::string& room) const;
  // From another process.
  void take_hint(const Hint& hint);
  // Compares all rooms with the store now: hints may have been lost.
  void compare_heads();
  // Does what is due. Call it a few times within the shortest of the limits' times.
  void tick();

  const HubMetrics& metrics() const { return metrics_; }
  HubSizes sizes() const;

 private:
  struct Read {
    std::string room;
    std::uint64_t room_number = 0;
    std::uint64_t join_number = 0;  // 0: for the room itself
    pb::StreamPosition position;
  };
  // What to do once the lock is released.
  struct Work {
    std::vector<std::shared_ptr<Subscription>> notify;
    std::vector<Read> reads;
    std::vector<std::string> heads;
    std::vector<std::string> presences;
  };
  using Rooms = std::unordered_map<std::string, HubRoom>;

  // hub.cc; all but perform() under the lock
  // Ends a join, with the reads that wait for it.
  void drop_join(HubRoom& room, const std::shared_ptr<Subscription>& subscription);
  void remove_member(const std::string& name, const std::shared_ptr<Subscription>& subscription);
  void accept(const std::string& name, HubRoom& room, const SharedEvent& event, Work& work);
  void note_head(const std::string& name, HubRoom& room, const pb::StreamPosition& head);
  void emit(HubRoom& room, const SharedEvent& event, Work& work);
  void emit_early(HubRoom& room, Work& work);
  void give(HubMember& member, const SharedEvent& event, Work& work);
  void begin_anew(const std::string& name, HubRoom& room, const pb::StreamPosition& head, Work& work);
  void perform(Work work);

  // hub_reads.cc
  void settle(const std::string& name, HubRoom& room, HubMember& member, Work& work);
  void tell_joined(const std::string& name, const HubRoom& room, HubMember& member, const pb::StreamPosition& position,
                   bool reset, Work& work);
  void want_gap_read(const std::string& name, HubRoom& room);
  void start_reads(Work& work);
  void start_poll();
  void on_heads(const std::vector<std::string>& names, absl::StatusOr<Store::Heads> heads);
  void on_head(const std::string& name, const pb::StreamPosition& head, Work& work);
  void on_changes(const Read& read, absl::StatusOr<ChangesPage> page);
  void on_gap_page(const Read& read, HubRoom& room, const ChangesPage& page, Work& work);
  void on_catch_up_page(const Read& read, HubRoom& room, HubMember& member, const ChangesPage& page, Work& work);

  // hub_presence.cc
  void want_presence(const std::string& name, HubRoom& room);
  void collect_due_presence();
  void poll_presence();
  void on_presences(const std::vector<std::string>& names, absl::StatusOr<Store::Presences> presences);

  Store& store_;
  const Clock& clock_;
  const HubLimits limits_;
  HubMetrics metrics_;

  mutable std::mutex mutex_;
  Rooms rooms_;
  std::unordered_map<const Subscription*, std::set<std::string>> memberships_;
  std::uint64_t last_number_ = 0;
  std::deque<Read> reads_waiting_;
  std::size_t reads_in_flight_ = 0;
  std::set<std::string> heads_wanted_;
  bool heads_in_flight_ = false;
  std::chrono::steady_clock::time_point next_poll_;
  std::chrono::steady_clock::time_point paused_until_;
  std::set<std::pair<std::chrono::steady_clock::time_point, std::string>> presence_due_;
  std::set<std::string> presence_ready_;
  bool presence_in_flight_ = false;
  std::string presence_cursor_;
};

}  // namespace parley::backend
