// The hub across threads, without gRPC and sockets: for ThreadSanitizer, and for order and completeness under load.
#include "gateway/hub/hub.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/gateway/support/decode_frames.h"

namespace parley::gateway {
namespace {

// A thread with a queue.
class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor() : thread_([this] { run(); }) {}
  ~ThreadExecutor() override { stop(); }

  void post(absl::AnyInvocable<void()> work) override {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    changed_.notify_one();
  }
  // Runs what is queued, then ends.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      absl::AnyInvocable<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<absl::AnyInvocable<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

constexpr int kChanges = 3'000;
constexpr int kSocketsPerThread = 20;

// The truth: how far the room has come. A change is written here before it is told, as in the backend.
struct Truth {
  std::atomic<std::int64_t> head = 0;
};

pb::StreamPosition at(std::int64_t offset) {
  pb::StreamPosition position;
  position.set_epoch("e1");
  position.set_offset(offset);
  return position;
}

// Joins rooms as a backend does: every change after the answer's position follows.
class FakeLink final : public RoomLink {
 public:
  FakeLink(Executor& control, Truth& truth) : control_(control), truth_(truth) {}
  void room_changed(const std::string& room) override {
    control_.post([this, room] {
      if (!hub->registry().wish(room)) return;
      pb::RoomJoined joined;
      joined.set_room(room);
      *joined.mutable_position() = at(truth_.head);
      hub->registry().joined(joined);
    });
  }
  Hub* hub = nullptr;

 private:
  Executor& control_;
  Truth& truth_;
};

// Checks that it sees each change once and in order, and now and then goes away and comes back.
class CheckingSocket final : public Subscriber {
 public:
  CheckingSocket(HubShard& shard, const Truth& truth, int number) : shard_(shard), truth_(truth), number_(number) {}

  const WireFormat& format() const override { return wire_format(WireFormatId::kProto); }
  bool offer(const Frame& frame) override {
    if (++offers_ % (40 + number_) == 0) {
      overflowed_ = true;
      return false;
    }
    for (const pb::ServerFrame& decoded : decode_frames(*frame)) {
      const std::int64_t offset = decoded.push().event().position().offset();
      EXPECT_EQ(offset, position_ + 1);
      position_ = offset;
    }
    return true;
  }
  void room_ready(const std::string& room, std::uint64_t token, const pb::StreamPosition&) override {
    // Resume: everything up to the head.
    const std::int64_t head = truth_.head;
    EXPECT_GE(head, position_);
    position_ = head;
    shard_.resumed(*this, room, token, at(head));
  }
  void room_refused(const std::string&, const absl::Status&) override { ADD_FAILURE(); }
  void room_lost(const std::string& room, const pb::StreamPosition& position) override {
    EXPECT_EQ(position.offset(), position_);
    shard_.subscribe(*this, room);
  }

  void begin() { shard_.subscribe(*this, "den"); }
  void drain() {
    if (!overflowed_) return;
    overflowed_ = false;
    shard_.drained(*this);
  }
  void leave_and_return() {
    shard_.remove(*this);
    begin();
  }
  void end() { shard_.remove(*this); }
  std::int64_t position() const { return position_; }

 private:
  HubShard& shard_;
  const Truth& truth_;
  const int number_;
  int offers_ = 0;
  bool overflowed_ = false;
  std::int64_t position_ = 0;
};

TEST(HubThreads, EverySocketSeesEveryChangeOnceAndInOrder) {
  SystemClock clock;
  Truth truth;
  ThreadExecutor control;
  ThreadExecutor threads[2];
  FakeLink link(control, truth);
  Hub hub(link, control, {&threads[0], &threads[1]}, clock, {{10, std::chrono::milliseconds(0)}, 1'000'000});
  link.hub = &hub;
  std::vector<std::unique_ptr<CheckingSocket>> sockets[2];
  for (std::size_t thread = 0; thread < 2; ++thread) {
    for (int index = 0; index < kSocketsPerThread; ++index) {
      sockets[thread].push_back(std::make_unique<CheckingSocket>(hub.shard(thread), truth, index));
      threads[thread].post([socket = sockets[thread].back().get()] { socket->begin(); });
    }
  }
  for (int change = 1; change <= kChanges; ++change) {
    control.post([&hub, &truth, change] {
      truth.head = change;
      pb::Event event;
      event.set_room("den");
      *event.mutable_position() = at(change);
      hub.registry().event(std::move(event), nullptr);
      hub.registry().sweep(std::chrono::steady_clock::now());
    });
    for (std::size_t thread = 0; thread < 2 && change % 10 == 0; ++thread) {
      CheckingSocket* socket = sockets[thread][static_cast<std::size_t>(change / 10 % kSocketsPerThread)].get();
      threads[thread].post([&sockets, thread, socket, change] {
        for (const auto& each : sockets[thread]) each->drain();
        if (change % 70 == 0) socket->leave_and_return();
      });
    }
  }
  // Drained once more, every socket reaches the head.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::atomic<int> complete = 0;
  while (complete < 2 * kSocketsPerThread && std::chrono::steady_clock::now() < until) {
    complete = 0;
    std::atomic<int> asked = 0;
    for (std::size_t thread = 0; thread < 2; ++thread) {
      threads[thread].post([&sockets, &complete, &asked, thread] {
        for (const auto& socket : sockets[thread]) {
          socket->drain();
          complete += socket->position() == kChanges ? 1 : 0;
        }
        ++asked;
      });
    }
    while (asked < 2) std::this_thread::yield();
  }
  EXPECT_EQ(complete, 2 * kSocketsPerThread);
  for (std::size_t thread = 0; thread < 2; ++thread) {
    threads[thread].post([&sockets, thread] {
      for (const auto& socket : sockets[thread]) socket->end();
    });
    threads[thread].stop();
  }
  control.stop();
}

// The stream to the backend reads on only when tickets come back: one that waited for the next event would wait for
// ever.
TEST(HubThreads, LetsGoOfTheTicketsOfWhatIsDelivered) {
  SystemClock clock;
  Truth truth;
  ThreadExecutor control;
  ThreadExecutor io_thread;
  FakeLink link(control, truth);
  Hub hub(link, control, {&io_thread}, clock, {{10, std::chrono::milliseconds(0)}, 1'000'000});
  link.hub = &hub;
  CheckingSocket socket(hub.shard(0), truth, 0);
  io_thread.post([&socket] { socket.begin(); });
  std::atomic<int> delivered = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (int change = 1; change <= 3; ++change) {
    control.post([&hub, &truth, &delivered, change] {
      truth.head = change;
      pb::Event event;
      event.set_room("den");
      *event.mutable_position() = at(change);
      hub.registry().event(std::move(event), std::shared_ptr<void>(nullptr, [&delivered](void*) { ++delivered; }));
    });
    while (delivered < change && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    EXPECT_EQ(delivered, change);
  }
  io_thread.post([&socket] { socket.end(); });
  io_thread.stop();
  control.stop();
}

}  // namespace
}  // namespace parley::gateway
