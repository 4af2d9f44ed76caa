// Probes the database at intervals and tells when it stops or begins to take writes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "backend/chat/writability.h"
#include "backend/chat/write_probe.h"
#include "common/clock.h"
#include "common/logger.h"
#include "common/random.h"

namespace parley::backend {

struct WritabilityWatchOptions {
  WritabilityOptions state = {};
  std::chrono::milliseconds probe_limit{1500};
};

// On a thread of its own, beside the store's queue; begins at once and takes the database for writable. The intervals
// are spread by a fifth either way, so that many backends do not write in step.
class WritabilityWatch {
 public:
  // Called on the watch's thread with the state that has begun; must not block and must not call the watch.
  using OnChange = absl::AnyInvocable<void(bool is_writable)>;

  // All but the options and `on_change` outlive the watch, and nobody else uses `probe`.
  WritabilityWatch(WriteProbe& probe, const WritabilityWatchOptions& options, const Clock& clock, RandomSource& random,
                   const Logger& logger, OnChange on_change);
  // Waits for a probe under way.
  ~WritabilityWatch();
  // `on_change` is not called after this returns. Does not wait for a probe.
  void request_stop();

 private:
  void work();
  void take(const absl::Status& probed);  // under the lock
  std::chrono::milliseconds next_pause();

  WriteProbe& probe_;
  const WritabilityWatchOptions options_;
  const Clock& clock_;
  RandomSource& random_;
  const Logger& logger_;
  OnChange on_change_;
  Writability state_;
  std::mutex mutex_;
  std::condition_variable stop_requested_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::backend
