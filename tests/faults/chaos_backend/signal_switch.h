// Signals that switch something on and off.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

namespace parley::backend {

// SIGUSR1 sets the switch, SIGUSR2 clears it, while this object lives. Its thread inherits what its maker blocks.
class SignalSwitch {
 public:
  // Blocks both signals for this thread and all that it starts from now on. Call first in main().
  static void prepare_signals();

  explicit SignalSwitch(std::shared_ptr<std::atomic<bool>> is_on);
  ~SignalSwitch();
  SignalSwitch(const SignalSwitch&) = delete;
  SignalSwitch& operator=(const SignalSwitch&) = delete;

 private:
  void follow();

  const std::shared_ptr<std::atomic<bool>> is_on_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::backend
