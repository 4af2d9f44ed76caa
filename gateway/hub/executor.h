// Where work runs. The hub and the routes know threads only through this.
#pragma once

#include "absl/functional/any_invocable.h"

namespace parley::gateway {

// One thread's queue: work runs one after the other, in the order in which it was posted. Thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;
  // Never runs `work` before it returns. Work that is posted after the thread has ended is dropped.
  virtual void post(absl::AnyInvocable<void()> work) = 0;
};

}  // namespace parley::gateway
