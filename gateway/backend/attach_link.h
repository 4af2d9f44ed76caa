// Keeps one stream to some backend open: hello, joins and leaves, heartbeats, and a new stream when it is lost.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/functional/any_invocable.h"
#include "common/logger.h"
#include "common/metrics/counter.h"
#include "common/random.h"
#include "gateway/backend/attach_stream.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/hub/executor.h"
#include "gateway/hub/room_registry.h"

namespace parley::gateway {

// Attaches to the current backend; a stream that ends, or a backend that leaves a heartbeat unanswered for a lease, is
// given up for the next one: at once the first time, then after growing, jittered pauses. Every room is then joined
// with the position that was reached, so that nothing is missed. A backend that says that it does not serve is left for
// one that still does a while later: when the database itself is away, all of them say so one after the other.
// All on the control thread but where it is said.
class AttachLink final : public RoomLink {
 public:
  // `control_context` and `control` are the control thread's; all but the texts outlive the link.
  AttachLink(BackendPool& pool, boost::asio::io_context& control_context, Executor& control, RandomSource& random,
             const Logger& logger, std::string gateway_id);
  ~AttachLink() override;

  // `registry` gets the stream's items. `lease_renewed` runs when the backend has no connection of ours stored.
  void start(RoomRegistry& registry, absl::AnyInvocable<void()> lease_renewed);
  // Ends the stream; `stopped` runs when it has ended.
  void stop(absl::AnyInvocable<void()> stopped);
  void room_changed(const std::string& room) override;
  // BackendPool::health() has changed.
  void health_changed();

  // Hello has been answered, and the stream stands. Any thread.
  bool attached() const { return attached_.load(std::memory_order_acquire); }
  // The backend of that stream. Any thread.
  std::size_t backend() const { return backend_.load(std::memory_order_relaxed); }
  // It stood at some time: the lease is there. Any thread.
  bool ever_attached() const { return ever_attached_.load(std::memory_order_acquire); }
  // How often a stream stood, and how often one ended that nobody wanted to end. Any thread.
  std::uint64_t attaches() const { return attaches_.value(); }
  std::uint64_t losses() const { return losses_.value(); }

 private:
  void attach();
  void item(pb::AttachResponse response, const std::shared_ptr<void>& ticket);
  void hello_answered(const pb::Attached& attached);
  void written();
  void ended(const grpc::Status& status);
  void write_next();
  void write(pb::AttachRequest request);
  void arm_timer(std::chrono::milliseconds delay);
  void timer_expired();
  void leave_timer_expired();
  std::chrono::milliseconds heartbeat_interval() const;
  std::chrono::milliseconds next_pause();

  BackendPool& pool_;
  Executor& control_;
  RandomSource& random_;
  const Logger& logger_;
  const std::string gateway_id_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer leave_timer_;  // running while leave_planned_
  bool leave_planned_ = false;
  RoomRegistry* registry_ = nullptr;
  absl::AnyInvocable<void()> lease_renewed_;
  absl::AnyInvocable<void()> stopped_;
  bool stopping_ = false;

  std::shared_ptr<AttachStream> stream_;
  std::atomic<std::size_t> backend_ = 0;
  std::atomic<bool> attached_ = false;
  std::atomic<bool> ever_attached_ = false;
  LocalCounter attaches_;
  LocalCounter losses_;
  bool writing_ = false;
  bool heartbeat_due_ = false;
  std::chrono::milliseconds lease_;
  std::chrono::steady_clock::time_point heard_at_;  // the last answer on this stream
  std::deque<std::string> changed_;                 // rooms to tell the backend about, each once
  std::unordered_set<std::string> changed_set_;
  std::chrono::milliseconds pause_{0};
};

}  // namespace parley::gateway
