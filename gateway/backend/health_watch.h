// Asks every backend how it is: one grpc.health.v1 Watch each.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "absl/functional/any_invocable.h"
#include "common/logger.h"
#include "common/random.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/hub/executor.h"

namespace parley::gateway {

// Keeps BackendPool::health() up to date. A stream that ends makes its backend kUnknown and is made again after a
// growing, jittered pause. All on the control thread.
class HealthWatch {
 public:
  // `control_context` and `control` are the control thread's; all of them outlive the watch.
  HealthWatch(BackendPool& pool, boost::asio::io_context& control_context, Executor& control, RandomSource& random,
              const Logger& logger);
  // Not started, or stopped.
  ~HealthWatch();

  // `changed` runs after every change of a backend's health.
  void start(absl::AnyInvocable<void()> changed);
  // Ends the streams; `stopped` runs when all have ended.
  void stop(absl::AnyInvocable<void()> stopped);

 private:
  class Stream;
  class Watcher;

  void take(std::size_t backend, BackendHealth health);
  void watcher_stopped();

  BackendPool& pool_;
  boost::asio::io_context& control_context_;
  Executor& control_;
  RandomSource& random_;
  const Logger& logger_;
  absl::AnyInvocable<void()> changed_;
  absl::AnyInvocable<void()> stopped_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::size_t stopping_ = 0;  // watchers that have not stopped yet
};

}  // namespace parley::gateway
