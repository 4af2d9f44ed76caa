// Ends of a broker: what is told to it and what it tells.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "backend/chat/broker.h"

namespace parley::backend {

// Starts the broker and keeps what it tells. The broker stops before this ends.
class Listening {
 public:
  explicit Listening(Broker& broker) {
    broker.start({.on_hint =
                      [this](Hint hint) {
                        const std::scoped_lock lock(mutex_);
                        hints_.push_back(std::move(hint));
                      },
                  .on_reconnected = [this] { ++connected_; }});
  }
  // How often it was told that hints may be missing.
  int connected() const { return connected_; }
  std::vector<Hint> hints() const {
    const std::scoped_lock lock(mutex_);
    return hints_;
  }
  bool has_room(const std::string& room) const {
    const std::scoped_lock lock(mutex_);
    return std::any_of(hints_.begin(), hints_.end(), [&](const Hint& hint) { return hint.room == room; });
  }
  // Of the changes heard of; 0 without any.
  std::int64_t newest_offset() const {
    const std::scoped_lock lock(mutex_);
    std::int64_t newest = 0;
    for (const Hint& hint : hints_) newest = std::max(newest, hint.position.offset());
    return newest;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Hint> hints_;
  std::atomic<int> connected_ = 0;
};

inline Hint presence_hint(const std::string& room) {
  return Hint{.kind = HintKind::kPresence, .room = room, .position = {}, .event = nullptr};
}

inline Hint change_hint(const std::string& room, std::int64_t offset, const std::string& body) {
  auto event = std::make_shared<pb::Event>();
  event->set_room(room);
  event->mutable_position()->set_epoch("e1");
  event->mutable_position()->set_offset(offset);
  event->mutable_message()->set_body(body);
  return Hint{.kind = HintKind::kChange, .room = room, .position = event->position(), .event = event};
}

}  // namespace parley::backend
