#include "tests/faults/chaos_backend/signal_switch.h"

#include <pthread.h>

#include <csignal>
#include <ctime>
#include <utility>

namespace parley::backend {
namespace {

// How long an end waits for the thread.
constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 50'000'000};

sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  return set;
}

}  // namespace

void SignalSwitch::prepare_signals() {
  const sigset_t set = signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalSwitch::SignalSwitch(std::shared_ptr<std::atomic<bool>> is_on)
    : is_on_(std::move(is_on)), thread_([this] { follow(); }) {}

SignalSwitch::~SignalSwitch() {
  stopping_ = true;
  thread_.join();
}

void SignalSwitch::follow() {
  const sigset_t set = signals();
  while (!stopping_) {
    const int signal = sigtimedwait(&set, nullptr, &kLook);
    if (signal > 0) *is_on_ = signal == SIGUSR1;
  }
}

}  // namespace parley::backend
