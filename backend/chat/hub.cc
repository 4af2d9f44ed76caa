#include "backend/chat/hub.h"

#include <algorithm>

namespace parley::backend {

Hub::Hub(Store& store, const Clock& clock, HubLimits limits)
    : store_(store), clock_(clock), limits_(limits), next_poll_(clock.steady_now() + limits.poll_interval) {}

void Hub::join(const std::shared_ptr<Subscription>& subscription, const std::string& room,
               const std::optional<pb::StreamPosition>& position) {
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = rooms_.find(room); found != rooms_.end()) {
      drop_join(found->second, subscription);
      subscription->forget(room);
    }
    auto [entry, is_new] = rooms_.try_emplace(room);
    if (is_new) {
      entry->second.number = ++last_number_;
      want_presence(room, entry->second);
    }
    memberships_[subscription.get()].insert(room);
    HubMember& member = entry->second.members.emplace_back();
    member.subscription = subscription;
    member.join_number = ++last_number_;
    member.asked = position;
    if (entry->second.known) {
      settle(room, entry->second, member, work);
    } else {
      heads_wanted_.insert(room);
    }
    start_reads(work);
  }
  perform(std::move(work));
}

void Hub::leave(const std::shared_ptr<Subscription>& subscription, const std::string& room) {
  const std::scoped_lock lock(mutex_);
  const auto memberships = memberships_.find(subscription.get());
  if (memberships == memberships_.end() || memberships->second.erase(room) == 0) return;
  if (memberships->second.empty()) memberships_.erase(memberships);
  remove_member(room, subscription);
  subscription->forget(room);
}

void Hub::unsubscribe(const std::shared_ptr<Subscription>& subscription) {
  const std::scoped_lock lock(mutex_);
  const auto memberships = memberships_.find(subscription.get());
  if (memberships == memberships_.end()) return;
  for (const std::string& room : memberships->second) remove_member(room, subscription);
  memberships_.erase(memberships);
}

std::size_t Hub::room_count(const std::shared_ptr<Subscription>& subscription) const {
  const std::scoped_lock lock(mutex_);
  const auto memberships = memberships_.find(subscription.get());
  return memberships == memberships_.end() ? 0 : memberships->second.size();
}

HubSizes Hub::sizes() const {
  const std::scoped_lock lock(mutex_);
  return {.rooms = rooms_.size(), .subscriptions = memberships_.size(), .reads_waiting = reads_waiting_.size()};
}

void Hub::publish(const SharedEvent& event) {
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    const auto room = rooms_.find(event->room());
    if (room == rooms_.end()) return;
    accept(room->first, room->second, event, work);
    start_reads(work);
  }
  perform(std::move(work));
}

void Hub::take_hint(const Hint& hint) {
  if (hint.kind == HintKind::kPresence) return presence_changed(hint.room);
  if (hint.event != nullptr) return publish(hint.event);
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    const auto room = rooms_.find(hint.room);
    if (room == rooms_.end()) return;
    note_head(room->first, room->second, hint.position);
    start_reads(work);
  }
  perform(std::move(work));
}

void Hub::compare_heads() {
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    start_poll();
    start_reads(work);
  }
  perform(std::move(work));
}

void Hub::tick() {
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    if (clock_.steady_now() >= next_poll_) {
      start_poll();
      poll_presence();
    }
    collect_due_presence();
    start_reads(work);
  }
  perform(std::move(work));
}

void Hub::drop_join(HubRoom& room, const std::shared_ptr<Subscription>& subscription) {
  const auto member = std::find_if(room.members.begin(), room.members.end(),
                                   [&](const HubMember& candidate) { return candidate.subscription == subscription; });
  if (member == room.members.end()) return;
  if (member->state == MemberState::kCatchingUp) {
    const std::uint64_t join_number = member->join_number;
    std::erase_if(reads_waiting_, [join_number](const Read& read) { return read.join_number == join_number; });
  }
  room.members.erase(member);
}

void Hub::remove_member(const std::string& name, const std::shared_ptr<Subscription>& subscription) {
  const auto room = rooms_.find(name);
  if (room == rooms_.end()) return;
  drop_join(room->second, subscription);
  if (!room->second.members.empty()) return;
  heads_wanted_.erase(name);
  rooms_.erase(room);
}

void Hub::accept(const std::string& name, HubRoom& room, const SharedEvent& event, Work& work) {
  const pb::StreamPosition& position = event->position();
  const bool is_next =
      room.known && position.epoch() == room.position.epoch() && position.offset() == room.position.offset() + 1;
  if (is_next) {
    emit(room, event, work);
    emit_early(room, work);
    return;
  }
  const bool is_beyond =
      room.known && position.epoch() == room.position.epoch() && position.offset() > room.position.offset();
  if (is_beyond && room.early.size() < limits_.held_events_max) room.early.emplace(position.offset(), event);
  note_head(name, room, position);
}

void Hub::note_head(const std::string& name, HubRoom& room, const pb::StreamPosition& head) {
  if (room.known && head.epoch() != room.position.epoch()) {
    room.verify = true;
  } else {
    room.known_head = std::max(room.known_head, head.offset());
  }
  want_gap_read(name, room);
}

void Hub::emit(HubRoom& room, const SharedEvent& event, Work& work) {
  room.position = event->position();
  for (HubMember& member : room.members) {
    if (member.state == MemberState::kLive) {
      give(member, event, work);
    } else if (member.state == MemberState::kCatchingUp && member.held.size() < limits_.held_events_max) {
      member.held.push_back(event);
    } else {
      member.held_lost = true;
    }
  }
}

void Hub::emit_early(HubRoom& room, Work& work) {
  while (!room.early.empty()) {
    const auto first = room.early.begin();
    if (first->first > room.position.offset() + 1) return;
    const SharedEvent event = first->second;
    room.early.erase(first);
    if (event->position().offset() == room.position.offset() + 1) emit(room, event, work);
  }
}

void Hub::give(HubMember& member, const SharedEvent& event, Work& work) {
  if (event->position().offset() <= member.given) return;
  member.given = event->position().offset();
  member.subscription->push_change(event);
  work.notify.push_back(member.subscription);
}

void Hub::begin_anew(const std::string& name, HubRoom& room, const pb::StreamPosition& head, Work& work) {
  metrics_.resets.add();
  room.position = head;
  room.known_head = head.offset();
  room.early.clear();
  for (HubMember& member : room.members) {
    if (member.state == MemberState::kLive) {
      tell_joined(name, room, member, head, /*reset=*/true, work);
      member.given = head.offset();
    } else {
      member.held.clear();
      member.held_lost = true;
    }
  }
}

void Hub::perform(Work work) {
  std::sort(work.notify.begin(), work.notify.end());
  work.notify.erase(std::unique(work.notify.begin(), work.notify.end()), work.notify.end());
  for (const auto& subscription : work.notify) subscription->notify();
  for (const Read& read : work.reads) {
    store_.read_changes(ChangesQuery{.room = read.room, .position = read.position},
                        [this, read](absl::StatusOr<ChangesPage> page) { on_changes(read, std::move(page)); });
  }
  if (!work.heads.empty()) {
    store_.read_heads(work.heads, [this, names = work.heads](absl::StatusOr<Store::Heads> heads) {
      on_heads(names, std::move(heads));
    });
  }
  if (!work.presences.empty()) {
    store_.read_presence(work.presences, [this, names = work.presences](absl::StatusOr<Store::Presences> presences) {
      on_presences(names, std::move(presences));
    });
  }
}

}  // namespace parley::backend
