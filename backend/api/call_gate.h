// Which calls run, so that a shutdown can wait for them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace parley::backend {

// Thread-safe.
class CallGate {
 public:
  // False when the gate is closed; else leave() must follow.
  bool enter();
  void leave();
  // Nobody enters any more.
  void close();
  // True once nobody is inside; false when `limit` passes before that.
  bool wait_until_empty(std::chrono::milliseconds limit);

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t inside_ = 0;
  bool closed_ = false;
};

}  // namespace parley::backend
