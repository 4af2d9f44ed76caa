#include "backend/chat/subscription.h"

#include <utility>

namespace parley::backend {
namespace {

const std::string& room_of(const StreamItem& item) {
  return std::visit([](const auto& value) -> const std::string& { return value->room(); }, item);
}

bool is_event(const StreamItem& item) { return std::holds_alternative<std::shared_ptr<const pb::Event>>(item); }

}  // namespace

Subscription::Subscription(std::size_t events_max, OverflowPolicy policy, absl::AnyInvocable<void()> on_ready,
                           Counter* overflows)
    : events_max_(events_max), policy_(policy), on_ready_(std::move(on_ready)), overflows_(overflows) {}

std::optional<StreamItem> Subscription::pop() {
  const std::scoped_lock lock(mutex_);
  if (overflowed_) return std::nullopt;
  if (!stale_.empty()) {
    const auto first = stale_.begin();
    auto joined = std::make_shared<pb::RoomJoined>();
    joined->set_room(first->first);
    *joined->mutable_position() = std::move(first->second);
    joined->set_reset(true);
    stale_.erase(first);
    return joined;
  }
  if (!late_presence_.empty()) {
    const auto first = late_presence_.begin();
    StreamItem item = std::move(first->second);
    late_presence_.erase(first);
    return item;
  }
  if (queue_.empty()) return std::nullopt;
  StreamItem item = std::move(queue_.front());
  queue_.pop_front();
  if (is_event(item)) --events_waiting_;
  const auto items = room_items_.find(room_of(item));
  if (--items->second == 0) room_items_.erase(items);
  return item;
}

bool Subscription::is_overflowed() const {
  const std::scoped_lock lock(mutex_);
  return overflowed_;
}

void Subscription::push_joined(const std::string& room, const pb::StreamPosition& position, bool reset) {
  auto joined = std::make_shared<pb::RoomJoined>();
  joined->set_room(room);
  *joined->mutable_position() = position;
  joined->set_reset(reset);
  const std::scoped_lock lock(mutex_);
  drop_room(room);
  push(std::move(joined));
}

void Subscription::push_change(std::shared_ptr<const pb::Event> event) {
  const std::scoped_lock lock(mutex_);
  if (const auto stale = stale_.find(event->room()); stale != stale_.end()) {
    stale->second = event->position();
    return;
  }
  push(std::move(event));
}

void Subscription::push_presence(std::shared_ptr<const pb::Event> event) {
  const std::scoped_lock lock(mutex_);
  if (const auto late = late_presence_.find(event->room()); late != late_presence_.end()) {
    late->second = std::move(event);
    return;
  }
  if (stale_.contains(event->room())) {
    late_presence_[event->room()] = std::move(event);
    return;
  }
  push(std::move(event));
}

void Subscription::forget(const std::string& room) {
  const std::scoped_lock lock(mutex_);
  drop_room(room);
}

void Subscription::push(StreamItem item) {
  if (overflowed_) return;
  if (is_event(item)) ++events_waiting_;
  ++room_items_[room_of(item)];
  queue_.push_back(std::move(item));
  if (events_waiting_ > events_max_) overflow();
}

void Subscription::overflow() {
  if (overflows_ != nullptr) overflows_->add();
  std::deque<StreamItem> dropped;
  dropped.swap(queue_);
  events_waiting_ = 0;
  room_items_.clear();
  if (policy_ == OverflowPolicy::kEnd) {
    overflowed_ = true;
    return;
  }
  for (StreamItem& item : dropped) {
    if (const auto* joined = std::get_if<std::shared_ptr<const pb::RoomJoined>>(&item)) {
      stale_[(*joined)->room()] = (*joined)->position();
      continue;
    }
    auto& event = std::get<std::shared_ptr<const pb::Event>>(item);
    if (event->has_position()) {
      stale_[event->room()] = event->position();
    } else {
      late_presence_[event->room()] = std::move(event);
    }
  }
}

void Subscription::drop_room(const std::string& room) {
  if (room_items_.erase(room) > 0) {
    std::erase_if(queue_, [&room, this](const StreamItem& item) {
      const bool drop = room_of(item) == room;
      if (drop && is_event(item)) --events_waiting_;
      return drop;
    });
  }
  stale_.erase(room);
  late_presence_.erase(room);
}

}  // namespace parley::backend
