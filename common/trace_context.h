// Which request a line of a log belongs to, through all programs that take part in it (W3C Trace Context).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/random.h"

namespace parley {

// The default is no trace. Copied freely.
struct TraceContext {
  std::array<std::byte, 16> trace_id{};  // of the whole; all 0: there is none
  std::uint64_t span_id = 0;             // of the part that is under way
  std::uint8_t flags = 0;                // as they came

  bool exists() const { return trace_id != std::array<std::byte, 16>{}; }
  // 32 and 16 lower-case hexadecimal digits.
  std::string trace_id_text() const;
  std::string span_id_text() const;

  bool operator==(const TraceContext&) const = default;
};

inline constexpr std::string_view kTraceparent = "traceparent";

// The value of a `traceparent` (https://www.w3.org/TR/trace-context/, version 00, and what later versions begin with).
// Nothing for any other text: it is as if there were none.
std::optional<TraceContext> parse_traceparent(std::string_view text);
// Empty without a trace.
std::string format_traceparent(const TraceContext& trace);
// A trace that begins here, unsampled.
TraceContext begin_trace(RandomSource& random);

}  // namespace parley
