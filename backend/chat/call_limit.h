// What comes with a request: how long it is worth an answer, and which one it is.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>

#include "common/trace_context.h"

namespace parley::backend {

// Copied with the request. The default has no limit.
struct CallLimit {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // Set by the transport when the caller hangs up; null when it cannot.
  std::shared_ptr<const std::atomic<bool>> cancelled = {};
  // For the logs: a name that lasts, and the trace that the request belongs to, if any.
  std::string_view operation = {};
  TraceContext trace = {};

  // True: nobody waits for the answer any more. Thread-safe.
  bool is_over(std::chrono::steady_clock::time_point now) const {
    return now >= deadline || (cancelled != nullptr && cancelled->load(std::memory_order_relaxed));
  }
};

}  // namespace parley::backend
