// The hub's reads from the store: heads, gaps and catch-ups.
#include <algorithm>

#include "backend/chat/hub.h"

namespace parley::backend {
namespace {

bool same(const pb::StreamPosition& left, const pb::StreamPosition& right) {
  return left.epoch() == right.epoch() && left.offset() == right.offset();
}

pb::StreamPosition make_position(const std::string& epoch, std::int64_t offset) {
  pb::StreamPosition position;
  position.set_epoch(epoch);
  position.set_offset(offset);
  return position;
}

SharedEvent make_event(const std::string& room, const std::string& epoch, const pb::Message& message) {
  auto event = std::make_shared<pb::Event>();
  event->set_room(room);
  *event->mutable_position() = make_position(epoch, message.change_offset());
  *event->mutable_message() = message;
  return event;
}

}  // namespace

void Hub::settle(const std::string& name, HubRoom& room, HubMember& member, Work& work) {
  if (member.asked.has_value() && !same(*member.asked, room.position)) {
    member.state = MemberState::kCatchingUp;
    metrics_.catch_up_reads.add();
    reads_waiting_.push_back(Read{name, room.number, member.join_number, *member.asked});
    return;
  }
  tell_joined(name, room, member, room.position, /*reset=*/false, work);
  member.given = room.position.offset();
  member.state = MemberState::kLive;
}

void Hub::tell_joined(const std::string& name, const HubRoom& room, HubMember& member,
                      const pb::StreamPosition& position, bool reset, Work& work) {
  member.subscription->push_joined(name, position, reset);
  member.told = true;
  if (room.presence != nullptr) member.subscription->push_presence(room.presence);
  work.notify.push_back(member.subscription);
}

void Hub::want_gap_read(const std::string& name, HubRoom& room) {
  const bool is_behind = room.verify || room.known_head > room.position.offset();
  if (!room.known || room.read_in_flight || !is_behind) return;
  room.read_in_flight = true;
  metrics_.gap_reads.add();
  room.verify = false;
  reads_waiting_.push_back(Read{name, room.number, 0, room.position});
}

void Hub::start_reads(Work& work) {
  if (clock_.steady_now() < paused_until_) return;
  while (!reads_waiting_.empty() && reads_in_flight_ < limits_.reads_in_flight_max) {
    Read read = std::move(reads_waiting_.front());
    reads_waiting_.pop_front();
    const auto room = rooms_.find(read.room);
    if (room == rooms_.end() || room->second.number != read.room_number) continue;
    // The room may have come further while the read waited.
    if (read.join_number == 0) read.position = room->second.position;
    ++reads_in_flight_;
    work.reads.push_back(std::move(read));
  }
  if (!heads_in_flight_ && !heads_wanted_.empty()) {
    heads_in_flight_ = true;
    work.heads.assign(heads_wanted_.begin(), heads_wanted_.end());
    heads_wanted_.clear();
    for (const std::string& name : work.heads) {
      HubRoom& room = rooms_.at(name);
      room.polled_offset = room.position.offset();
    }
  }
  if (!presence_in_flight_ && !presence_ready_.empty()) {
    presence_in_flight_ = true;
    while (!presence_ready_.empty() && work.presences.size() < limits_.presence_rooms_max) {
      work.presences.push_back(std::move(presence_ready_.extract(presence_ready_.begin()).value()));
    }
  }
}

void Hub::start_poll() {
  next_poll_ = clock_.steady_now() + limits_.poll_interval;
  for (const auto& [name, room] : rooms_) heads_wanted_.insert(name);
}

void Hub::on_heads(const std::vector<std::string>& names, absl::StatusOr<Store::Heads> heads) {
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    heads_in_flight_ = false;
    if (!heads.ok()) metrics_.read_failures.add();
    if (!heads.ok()) paused_until_ = clock_.steady_now() + limits_.retry_delay;
    for (const std::string& name : names) {
      if (!rooms_.contains(name)) continue;
      const auto head = heads.ok() ? heads->find(name) : Store::Heads::iterator();
      if (heads.ok() && head != heads->end()) {
        on_head(name, head->second, work);
      } else {
        heads_wanted_.insert(name);
      }
    }
    start_reads(work);
  }
  perform(std::move(work));
}

void Hub::on_head(const std::string& name, const pb::StreamPosition& head, Work& work) {
  HubRoom& room = rooms_.at(name);
  if (!room.known) {
    room.known = true;
    room.position = head;
    for (HubMember& member : room.members) settle(name, room, member, work);
    want_gap_read(name, room);
    return;
  }
  if (head.epoch() == room.position.epoch() && head.offset() < room.polled_offset) room.verify = true;
  if (head.offset() > std::max(room.position.offset(), room.known_head)) metrics_.unannounced_heads.add();
  note_head(name, room, head);
}

void Hub::on_changes(const Read& read, absl::StatusOr<ChangesPage> page) {
  Work work;
  {
    const std::scoped_lock lock(mutex_);
    --reads_in_flight_;
    const auto found = rooms_.find(read.room);
    const bool is_current = found != rooms_.end() && found->second.number == read.room_number;
    if (!page.ok()) {
      metrics_.read_failures.add();
      paused_until_ = clock_.steady_now() + limits_.retry_delay;
      if (is_current) reads_waiting_.push_back(read);
    } else if (is_current && read.join_number == 0) {
      on_gap_page(read, found->second, *page, work);
    } else if (is_current) {
      auto& members = found->second.members;
      const auto member = std::find_if(members.begin(), members.end(), [&](const HubMember& candidate) {
        return candidate.join_number == read.join_number;
      });
      if (member != members.end()) on_catch_up_page(read, found->second, *member, *page, work);
    }
    start_reads(work);
  }
  perform(std::move(work));
}

void Hub::on_gap_page(const Read& read, HubRoom& room, const ChangesPage& page, Work& work) {
  room.read_in_flight = false;
  const bool same_epoch = page.head.epoch() == room.position.epoch();
  // The room may have come closer in the meantime, or passed the read's snapshot: then what is missing is asked for
  // from where it is now. It went backwards only if the read began behind the head.
  const bool has_gone_on =
      same_epoch && read.position.offset() <= page.head.offset() && read.position.offset() < room.position.offset();
  const bool is_near = has_gone_on && page.head.offset() - room.position.offset() <= limits_.resume_changes_max;
  if (page.reset && is_near) {
    room.known_head = std::max(room.known_head, page.head.offset());
  } else if (page.reset) {
    begin_anew(read.room, room, page.head, work);
  } else if (same_epoch) {
    for (const pb::Message& message : page.messages) {
      if (message.change_offset() > room.position.offset()) {
        emit(room, make_event(read.room, page.head.epoch(), message), work);
      }
    }
    if (page.complete_to > room.position.offset()) room.position.set_offset(page.complete_to);
    room.known_head = std::max(room.known_head, page.head.offset());
    emit_early(room, work);
  }
  want_gap_read(read.room, room);
}

void Hub::on_catch_up_page(const Read& read, HubRoom& room, HubMember& member, const ChangesPage& page, Work& work) {
  if (page.reset) {
    tell_joined(read.room, room, member, page.head, /*reset=*/true, work);
    member.given = page.head.offset();
  } else {
    if (!member.told) {
      tell_joined(read.room, room, member, read.position, /*reset=*/false, work);
      member.given = read.position.offset();
    }
    for (const pb::Message& message : page.messages) {
      give(member, make_event(read.room, page.head.epoch(), message), work);
    }
    member.given = std::max(member.given, page.complete_to);
  }
  const bool is_cut = !page.reset && page.complete_to < page.head.offset();
  if (is_cut || member.held_lost) {
    member.held.clear();
    member.held_lost = false;
    reads_waiting_.push_back(
        Read{read.room, read.room_number, read.join_number, make_position(page.head.epoch(), member.given)});
    return;
  }
  for (const SharedEvent& event : member.held) {
    if (event->position().epoch() == page.head.epoch()) give(member, event, work);
  }
  member.held.clear();
  member.state = MemberState::kLive;
}

}  // namespace parley::backend
