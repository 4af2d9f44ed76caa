#include "backend/app/signals.h"

#include <pthread.h>

#include <csignal>
#include <ctime>

namespace parley::backend {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void prepare_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool wait_for_stop_signal(std::chrono::milliseconds limit) {
  const sigset_t signals = stop_signals();
  const timespec timeout{.tv_sec = limit.count() / 1'000, .tv_nsec = (limit.count() % 1'000) * 1'000'000};
  return sigtimedwait(&signals, nullptr, &timeout) > 0;
}

}  // namespace parley::backend
