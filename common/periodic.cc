#include "common/periodic.h"

#include <utility>

namespace parley {

Periodic::Periodic(std::chrono::milliseconds interval, absl::AnyInvocable<void()> task)
    : interval_(interval), task_(std::move(task)), thread_([this] { work(); }) {}

Periodic::~Periodic() { stop(); }

void Periodic::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Periodic::work() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, interval_, [this] { return stopping_; })) {
    lock.unlock();
    task_();
    lock.lock();
  }
}

}  // namespace parley
