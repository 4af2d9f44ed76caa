// What one I/O thread's part of the hub has done.
#pragma once

#include "common/metrics/counter.h"
#include "common/metrics/histogram.h"

namespace parley::gateway {

// Written by that thread alone, read by any. A delivery is a change that a socket's queue has taken: one change for ten
// sockets makes ten.
struct DeliveryMetrics {
  LocalCounter deliveries;
  LocalCounter presences;  // the same of presences
  // From when a message was stored, by the database's clock, to when a socket's queue took it, by this machine's.
  // Without those that a socket was sent to catch up.
  LocalDurationHistogram latency;
  LocalCounter slow_consumers;  // times that a socket's queue was full
  LocalCounter losses;          // subscriptions that lost their place: their clients were told to resync, or caught up
};

}  // namespace parley::gateway
