// The hub's presence: who is connected, told a short while after it has changed.
#include <algorithm>

#include "backend/chat/hub.h"

namespace parley::backend {
namespace {

int author_count(const HubRoom& room) {
  return room.presence == nullptr ? 0 : room.presence->presence().author_count();
}

}  // namespace

void Hub::presence_changed(const std::string& room) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = rooms_.find(room); found != rooms_.end()) want_presence(found->first, found->second);
}

std::shared_ptr<const pb::Event> Hub::presence_of_crowd(const std::string& room) const {
  const std::scoped_lock lock(mutex_);
  const auto found = rooms_.find(room);
  const bool is_crowd = found != rooms_.end() && author_count(found->second) > kPresenceAuthorsMax;
  return is_crowd ? found->second.presence : nullptr;
}

void Hub::want_presence(const std::string& name, HubRoom& room) {
  if (room.presence_waiting) return;
  room.presence_waiting = true;
  const auto by_size = std::min<std::chrono::microseconds>(author_count(room) * limits_.presence_delay_per_author,
                                                           limits_.presence_delay_max);
  presence_due_.emplace(clock_.steady_now() + std::max<std::chrono::microseconds>(limits_.presence_delay, by_size),
                        name);
}

void Hub::collect_due_presence() {
  const auto now = clock_.steady_now();
  while (!presence_due_.empty() && presence_due_.begin()->first <= now) {
    const std::string name = std::move(presence_due_.extract(presence_due_.begin()).value().second);
    const auto room = rooms_.find(name);
    if (room == rooms_.end()) continue;
    room->second.presence_waiting = false;
    presence_ready_.insert(name);
  }
}

// A lost hint heals here: a part of the rooms at each poll, all of them in turn.
void Hub::poll_presence() {
  std::set<std::string> names;
  for (const auto& [name, room] : rooms_) {
    if (!room.presence_waiting) names.insert(name);
  }
  auto next = names.upper_bound(presence_cursor_);
  const std::size_t count = std::min(names.size(), limits_.presence_rooms_max);
  for (std::size_t index = 0; index < count; ++index) {
    if (next == names.end()) next = names.begin();
    presence_cursor_ = *next++;
    presence_ready_.insert(presence_cursor_);
  }
}

void Hub::on_presences(const std::vector<std::string>& names, absl::StatusOr<Store::Presences> presences) {
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    presence_in_flight_ = false;
    if (!presences.ok()) paused_until_ = clock_.steady_now() + limits_.retry_delay;
    for (const std::string& name : names) {
      const auto found = rooms_.find(name);
      if (found == rooms_.end()) continue;
      if (!presences.ok()) {
        presence_ready_.insert(name);
        continue;
      }
      HubRoom& room = found->second;
      pb::Presence& now = (*presences)[name];
      if (room.presence != nullptr && room.presence->presence().SerializeAsString() == now.SerializeAsString())
        continue;
      auto event = std::make_shared<pb::Event>();
      event->set_room(name);
      *event->mutable_presence() = std::move(now);
      room.presence = std::move(event);
      for (HubMember& member : room.members) {
        if (!member.told) continue;
        member.subscription->push_presence(room.presence);
        work.notify.push_back(member.subscription);
      }
    }
    start_reads(work);
  }
  perform(std::move(work));
}

}  // namespace parley::backend
