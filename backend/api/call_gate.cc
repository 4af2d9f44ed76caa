#include "backend/api/call_gate.h"

namespace parley::backend {

bool CallGate::enter() {
  const std::scoped_lock lock(mutex_);
  if (closed_) return false;
  ++inside_;
  return true;
}

void CallGate::leave() {
  {
    const std::scoped_lock lock(mutex_);
    --inside_;
  }
  left_.notify_all();
}

void CallGate::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

bool CallGate::wait_until_empty(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return left_.wait_for(lock, limit, [this] { return inside_ == 0; });
}

}  // namespace parley::backend
