// The log of requests: each at debug, the slow and the failed ones as warnings.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string_view>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/logger.h"
#include "common/trace_context.h"

namespace parley {

// Thread-safe. Of warnings it writes so many a second and no more: a database that is away fails every request. The
// next one that is written says how many were not.
class RequestLog {
 public:
  // `logger` and `clock` outlive the log. `slow`: what takes longer is told of; 0 for nothing.
  RequestLog(const Logger& logger, const Clock& clock, std::chrono::milliseconds slow)
      : logger_(logger), clock_(clock), slow_(slow) {}

  // A request has ended. `event` as Logger wants it. Of `status` only its reason is written.
  void ended(std::string_view event, std::string_view operation, const TraceContext& trace,
             std::chrono::nanoseconds duration, const absl::Status& status,
             std::initializer_list<LogField> fields = {}) const;

 private:
  static constexpr std::uint64_t kWarningsPerSecondMax = 10;

  void write(LogLevel level, std::string_view event, std::string_view operation, const TraceContext& trace,
             std::chrono::nanoseconds duration, const absl::Status& status, std::initializer_list<LogField> fields,
             std::uint64_t suppressed) const;
  // Whether another warning may be written, and how many were not since the last one.
  bool may_warn(std::uint64_t& suppressed) const;

  const Logger& logger_;
  const Clock& clock_;
  const std::chrono::milliseconds slow_;
  mutable std::mutex mutex_;
  mutable std::chrono::steady_clock::time_point second_began_{};
  mutable std::uint64_t warned_ = 0;  // in that second
  mutable std::uint64_t suppressed_ = 0;
};

}  // namespace parley
