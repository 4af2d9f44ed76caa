// A hub's shard between a registry and sockets that write down what they get.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "gateway/hub/hub_shard.h"
#include "tests/unit/gateway/support/decode_frames.h"

namespace parley::gateway {

inline constexpr std::size_t kPendingBytesMax = 10'000;

inline pb::StreamPosition at(std::int64_t offset, const std::string& epoch = "e1") {
  pb::StreamPosition position;
  position.set_epoch(epoch);
  position.set_offset(offset);
  return position;
}

inline RoomEventPtr change(const std::string& room, std::int64_t offset, const std::string& epoch = "e1",
                           const std::string& body = "x") {
  pb::Event event;
  event.set_room(room);
  *event.mutable_position() = at(offset, epoch);
  event.mutable_message()->set_body(body);
  event.mutable_message()->set_offset(offset);
  return std::make_shared<const RoomEvent>(std::move(event));
}

inline RoomEventPtr presence(const std::string& room, int count) {
  pb::Event event;
  event.set_room(room);
  event.mutable_presence()->set_author_count(count);
  return std::make_shared<const RoomEvent>(std::move(event));
}

class FakeRegistry final : public RegistryPort {
 public:
  void acquire(std::string room, Generation generation) override { acquired.emplace_back(std::move(room), generation); }
  void release(std::string room, Generation generation) override { released.emplace_back(std::move(room), generation); }

  std::vector<std::pair<std::string, Generation>> acquired;
  std::vector<std::pair<std::string, Generation>> released;
};

// Writes down what it gets: `7` for a change, `p3` for a presence.
class FakeSocket final : public Subscriber {
 public:
  const WireFormat& format() const override { return wire_format(WireFormatId::kProto); }
  bool offer(const Frame& frame) override {
    if (full) return false;
    for (const pb::ServerFrame& decoded : decode_frames(*frame)) {
      const pb::Event& event = decoded.push().event();
      got.push_back(event.has_presence() ? "p" + std::to_string(event.presence().author_count())
                                         : std::to_string(event.position().offset()));
    }
    frames.push_back(frame);
    return true;
  }
  void room_ready(const std::string&, std::uint64_t given, const pb::StreamPosition& position) override {
    ++ready;
    token = given;
    ready_position = position;
  }
  void room_refused(const std::string&, const absl::Status&) override { ++refused; }
  void room_lost(const std::string& room, const pb::StreamPosition& position) override {
    lost.push_back(room + "@" + std::to_string(position.offset()));
    if (on_lost) on_lost();
  }

  bool full = false;
  int ready = 0;
  int refused = 0;
  std::uint64_t token = 0;
  pb::StreamPosition ready_position;
  std::vector<std::string> got;
  std::vector<std::string> lost;
  std::vector<Frame> frames;
  std::function<void()> on_lost;
};

class StoppedClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'000));
  }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

class HubShardTest : public testing::Test {
 protected:
  // Subscribed and caught up to `offset`, in a room that is complete after `live_from`.
  void make_live(FakeSocket& socket, std::int64_t offset, std::int64_t live_from = 0) {
    shard.subscribe(socket, "den");
    if (socket.ready == 0) shard.room_live("den", registry.acquired.back().second, at(live_from));
    shard.resumed(socket, "den", socket.token, at(offset));
  }

  void tell(const RoomEventPtr& event) { tell_together({event}); }
  void tell_together(const std::vector<RoomEventPtr>& events) { shard.room_events(events); }

  using Texts = std::vector<std::string>;
  FakeRegistry registry;
  StoppedClock clock;
  HubShard shard{registry, kPendingBytesMax, clock};
  FakeSocket ann;
  FakeSocket bob;
};

}  // namespace parley::gateway
