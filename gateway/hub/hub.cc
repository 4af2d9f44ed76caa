#include "gateway/hub/hub.h"

#include <mutex>
#include <utility>
#include <vector>

namespace parley::gateway {

// Carries a shard's calls to the control thread.
class Hub::ToRegistry final : public RegistryPort {
 public:
  ToRegistry(Hub& hub, std::size_t shard, Executor& control, const Clock& clock)
      : hub_(hub), shard_(shard), control_(control), clock_(clock) {}

  void acquire(std::string room, Generation generation) override {
    control_.post([this, room = std::move(room), generation] { hub_.registry_->acquire(shard_, room, generation); });
  }
  void release(std::string room, Generation generation) override {
    control_.post([this, room = std::move(room), generation] {
      hub_.registry_->release(shard_, room, generation, clock_.steady_now());
    });
  }

 private:
  Hub& hub_;
  const std::size_t shard_;
  Executor& control_;
  const Clock& clock_;
};

// Carries the registry's calls to an I/O thread, in their order. Events that come before that thread gets to them are
// handed over together.
class Hub::ToShard final : public ShardPort {
 public:
  ToShard(HubShard& shard, Executor& io_thread) : shard_(shard), io_thread_(io_thread) {}

  void room_live(std::string room, Generation generation, pb::StreamPosition position) override {
    parcel_ = nullptr;
    io_thread_.post([this, room = std::move(room), generation, position = std::move(position)] {
      shard_.room_live(room, generation, position);
    });
  }
  void room_refused(std::string room, Generation generation, absl::Status status) override {
    parcel_ = nullptr;
    io_thread_.post([this, room = std::move(room), generation, status = std::move(status)] {
      shard_.room_refused(room, generation, status);
    });
  }
  void room_reset(std::string room, pb::StreamPosition position) override {
    parcel_ = nullptr;
    io_thread_.post(
        [this, room = std::move(room), position = std::move(position)] { shard_.room_reset(room, position); });
  }
  void room_event(RoomEventPtr event, std::shared_ptr<void> ticket) override {
    if (parcel_ != nullptr && parcel_->add(event, ticket)) return;
    parcel_ = std::make_shared<Parcel>();
    parcel_->add(std::move(event), std::move(ticket));
    io_thread_.post([this, parcel = parcel_] {
      const Contents contents = parcel->open();
      shard_.room_events(contents.events);
    });
  }

 private:
  struct Contents {
    std::vector<RoomEventPtr> events;
    std::vector<std::shared_ptr<void>> tickets;  // go with the contents: when the events are delivered
  };
  // Filled on the control thread until it is opened on the I/O thread.
  class Parcel {
   public:
    // False once it is open.
    bool add(RoomEventPtr event, std::shared_ptr<void> ticket) {
      const std::lock_guard lock(mutex_);
      if (is_open_) return false;
      contents_.events.push_back(std::move(event));
      contents_.tickets.push_back(std::move(ticket));
      return true;
    }
    Contents open() {
      const std::lock_guard lock(mutex_);
      is_open_ = true;
      return std::move(contents_);
    }

   private:
    std::mutex mutex_;
    bool is_open_ = false;
    Contents contents_;
  };

  HubShard& shard_;
  Executor& io_thread_;
  std::shared_ptr<Parcel> parcel_;  // the last one, unless another call came after it
};

Hub::Hub(RoomLink& link, Executor& control, std::vector<Executor*> io_threads, const Clock& clock,
         const Limits& limits) {
  std::vector<ShardPort*> ports;
  for (std::size_t index = 0; index < io_threads.size(); ++index) {
    to_registry_.push_back(std::make_unique<ToRegistry>(*this, index, control, clock));
    shards_.push_back(std::make_unique<HubShard>(*to_registry_.back(), limits.pending_bytes_max, clock));
    to_shards_.push_back(std::make_unique<ToShard>(*shards_.back(), *io_threads[index]));
    ports.push_back(to_shards_.back().get());
  }
  registry_ = std::make_unique<RoomRegistry>(link, std::move(ports), limits.rooms);
}

Hub::~Hub() = default;

HubShard& Hub::shard(std::size_t io_thread) { return *shards_[io_thread]; }

const DeliveryMetrics& Hub::delivery_metrics(std::size_t io_thread) const { return shards_[io_thread]->metrics(); }

const RegistryMetrics& Hub::registry_metrics() const { return registry_->metrics(); }

}  // namespace parley::gateway
