// What the API has been asked for, and how that went.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "common/errors.h"
#include "common/metrics/counter.h"
#include "common/metrics/histogram.h"
#include "common/metrics/named_counters.h"
#include "common/request_log.h"

namespace parley::backend {

enum class ApiMethod { kConnect, kDisconnect, kGetMessages, kSendMessage, kSetName, kResume, kSendMessages };

inline constexpr auto kApiMethodNames = std::to_array<std::string_view>(
    {"Connect", "Disconnect", "GetMessages", "SendMessage", "SetName", "Resume", "SendMessages"});

constexpr std::string_view name_of(ApiMethod method) { return kApiMethodNames[static_cast<std::size_t>(method)]; }

// Thread-safe.
struct ApiMetrics {
  std::array<DurationHistogram, kApiMethodNames.size()> durations;
  NamedCounters errors{kErrorReasons};
  NamedCounters refusals{kErrorReasons};  // calls and streams that were not let in
  Counter overflows;                      // of streams' queues
};

// Where calls are written down. Thread-safe; what it refers to outlives it.
struct CallNotes {
  ApiMetrics& metrics;
  const RequestLog& requests;

  // A call, or a message of a stream, has been answered.
  void answered(ApiMethod method, const TraceContext& trace, std::chrono::nanoseconds duration,
                const absl::Status& status) const {
    metrics.durations[static_cast<std::size_t>(method)].record(duration);
    if (!status.ok()) metrics.errors.add(error_reason(status));
    requests.ended("request_ended", name_of(method), trace, duration, status);
  }

  // Whoever called may not, or not now: nothing was done. `operation`: a method, or what kind of stream.
  void refused(std::string_view operation, const TraceContext& trace, const absl::Status& status) const {
    metrics.refusals.add(error_reason(status));
    requests.ended("call_refused", operation, trace, {}, status);
  }
};

}  // namespace parley::backend
