// A library that processes with false clocks load before libfaketime. The servers' allocator (jemalloc) makes these
// calls while it starts, and libfaketime, at whatever is the first call that it gets, allocates memory: neither would
// end. What is answered here is what libfaketime passes on unchanged.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace {

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
    return static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  }
  static const auto theirs = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  return theirs(clock, now);
}

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) noexcept {
  if (attributes == nullptr) {
    *condition = PTHREAD_COND_INITIALIZER;
    return 0;
  }
  static const auto theirs = next<int (*)(pthread_cond_t*, const pthread_condattr_t*)>("pthread_cond_init");
  return theirs(condition, attributes);
}

}  // extern "C"
