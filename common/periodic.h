// A task at regular intervals, on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/functional/any_invocable.h"

namespace parley {

// Begins with the construction; the first call comes after one interval. stop() returns when no call runs any more.
class Periodic {
 public:
  Periodic(std::chrono::milliseconds interval, absl::AnyInvocable<void()> task);
  ~Periodic();
  void stop();

 private:
  void work();

  const std::chrono::milliseconds interval_;
  absl::AnyInvocable<void()> task_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley
