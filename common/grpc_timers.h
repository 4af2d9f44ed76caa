// Keeps gRPC's timers going when somebody sets the machine's clock back.
#pragma once

#include "common/periodic.h"

namespace parley {

// gRPC 1.51 on Abseil 20220623 (Debian 12) sleeps until its next timer by the time of day: a clock that is set back by
// an hour makes that sleep an hour longer, and until then no connection is made again, no call ends at its deadline,
// and no keepalive finds a dead peer. While this lives, due timers run ten times a second whatever the clock says; on a
// thread of its own, and at the cost of a look at the first timer each.
class GrpcTimers {
 public:
  GrpcTimers();

 private:
  // gRPC is there as long as this is.
  struct Library {
    Library();
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
  };

  Library library_;
  Periodic tick_;
};

}  // namespace parley
