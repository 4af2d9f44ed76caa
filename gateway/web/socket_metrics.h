// What the WebSockets of one I/O thread have done.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/metrics/counter.h"
#include "gateway/wire/close_code.h"

namespace parley::gateway {

// Written by that thread alone, read by any.
class SocketMetrics {
 public:
  static constexpr std::size_t kCloseCodes = 16;

  LocalCounter opened;
  // By close code, from 1000 on; the last one is of those that ended without a close frame from us.
  std::array<LocalCounter, kCloseCodes + 1> closed;
  // As of the last sweep.
  Gauge queue_bytes;
  Gauge full_queues;
  Gauge last_sweep_ns;  // steady; 0 before the first

  void note_closed(CloseCode code) {
    const auto number = static_cast<std::size_t>(code);
    const bool is_known = number >= kFirstCode && number - kFirstCode < kCloseCodes;
    closed[is_known ? number - kFirstCode : kCloseCodes].add();
  }

  // During a sweep: a socket's queue.
  void add_queue(std::size_t bytes, bool is_full) {
    swept_bytes_ += static_cast<std::int64_t>(bytes);
    swept_full_ += is_full ? 1 : 0;
  }
  void sweep_ended(std::chrono::steady_clock::time_point now) {
    queue_bytes.set(swept_bytes_);
    full_queues.set(swept_full_);
    last_sweep_ns.set(std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count());
    swept_bytes_ = 0;
    swept_full_ = 0;
  }

 private:
  static constexpr std::size_t kFirstCode = 1'000;

  std::int64_t swept_bytes_ = 0;
  std::int64_t swept_full_ = 0;
};

}  // namespace parley::gateway
