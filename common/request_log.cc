#include "common/request_log.h"

#include <string>
#include <utility>
#include <vector>

#include "common/errors.h"

namespace parley {
namespace {

// What the server should have done: the rest is the caller's own doing.
bool is_server_failure(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss: return true;
    default: return is_retryable(status);
  }
}

}  // namespace

void RequestLog::ended(std::string_view event, std::string_view operation, const TraceContext& trace,
                       std::chrono::nanoseconds duration, const absl::Status& status,
                       std::initializer_list<LogField> fields) const {
  const bool is_slow = slow_.count() > 0 && duration >= slow_;
  const bool warns = (is_slow || is_server_failure(status)) && logger_.writes(LogLevel::kWarning);
  std::uint64_t suppressed = 0;
  if (warns && may_warn(suppressed)) {
    return write(LogLevel::kWarning, event, operation, trace, duration, status, fields, suppressed);
  }
  if (logger_.writes(LogLevel::kDebug)) write(LogLevel::kDebug, event, operation, trace, duration, status, fields, 0);
}

bool RequestLog::may_warn(std::uint64_t& suppressed) const {
  const auto now = clock_.steady_now();
  const std::scoped_lock lock(mutex_);
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    warned_ = 0;
  }
  if (warned_ >= kWarningsPerSecondMax) {
    ++suppressed_;
    return false;
  }
  ++warned_;
  suppressed = std::exchange(suppressed_, 0);
  return true;
}

void RequestLog::write(LogLevel level, std::string_view event, std::string_view operation, const TraceContext& trace,
                       std::chrono::nanoseconds duration, const absl::Status& status,
                       std::initializer_list<LogField> fields, std::uint64_t suppressed) const {
  const std::string trace_id = trace.trace_id_text();
  const std::string span_id = trace.span_id_text();
  std::vector<LogField> all = {{"operation", operation},
                               {"duration_ms", std::chrono::duration<double, std::milli>(duration).count()}};
  if (trace.exists()) {
    all.emplace_back("trace_id", trace_id);
    all.emplace_back("span_id", span_id);
  }
  if (!status.ok()) all.emplace_back("reason", error_reason(status));
  all.insert(all.end(), fields.begin(), fields.end());
  if (suppressed > 0) all.emplace_back("warnings_suppressed", suppressed);
  logger_.write(level, event, all);
}

}  // namespace parley
