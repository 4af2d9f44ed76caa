// Tells ThreadSanitizer of Abseil's locks. Debian's gRPC guards everything by them, and neither is instrumented:
// without this, whatever passes from one thread to another through gRPC looks like a race. With it nothing of our own
// need be suppressed. These definitions take precedence over the library's, which they call.
#include <absl/synchronization/mutex.h>

#include "tests/sanitizers/interposed.h"

using parley::test::original;

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const kLock = original<void(Mutex*)>("_ZN4absl7debian35Mutex4LockEv");
  kLock(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  static auto* const kUnlock = original<void(Mutex*)>("_ZN4absl7debian35Mutex6UnlockEv");
  __tsan_release(this);
  kUnlock(this);
}

bool Mutex::TryLock() {
  static auto* const kTryLock = original<bool(Mutex*)>("_ZN4absl7debian35Mutex7TryLockEv");
  const bool locked = kTryLock(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void CondVar::Wait(Mutex* mutex) {
  static auto* const kWait = original<void(CondVar*, Mutex*)>("_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mutex);
  kWait(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static auto* const kWait = original<bool(CondVar*, Mutex*, Duration)>(
      "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mutex);
  const bool timed_out = kWait(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* const kWait =
      original<bool(CondVar*, Mutex*, Time)>("_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mutex);
  const bool timed_out = kWait(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

ABSL_NAMESPACE_END
}  // namespace absl
