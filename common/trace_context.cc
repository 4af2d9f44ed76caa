#include "common/trace_context.h"

#include <span>

namespace parley {
namespace {

constexpr std::size_t kLength = 55;  // 00-<32>-<16>-<2>
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kSpanAt = 36;
constexpr std::size_t kFlagsAt = 53;

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::uint8_t kNoDigit = 0xFF;

// The value of each byte as a digit. Lower-case only, as the specification has it.
constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t value = 0; value < kDigits.size(); ++value) values[kDigits[value]] = value;
  return values;
}();

// Up to eight bytes in hexadecimal.
std::optional<std::uint64_t> parse_hex(std::string_view text) {
  std::uint64_t value = 0;
  std::uint8_t all = 0;  // one that is no digit sets bits above those of digits
  for (const char character : text) {
    const std::uint8_t digit = kValues[static_cast<std::uint8_t>(character)];
    value = value << 4U | digit;
    all |= digit;
  }
  if (all > 0xF) return std::nullopt;
  return value;
}

void append_hex(std::string& text, std::uint64_t value, std::size_t digits) {
  for (std::size_t left = digits; left > 0; --left) text += kDigits[value >> (left - 1) * 4 & 0xFU];
}

}  // namespace

std::string TraceContext::trace_id_text() const {
  std::string text;
  for (const std::byte byte : trace_id) append_hex(text, std::to_integer<std::uint64_t>(byte), 2);
  return text;
}

std::string TraceContext::span_id_text() const {
  std::string text;
  append_hex(text, span_id, 16);
  return text;
}

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[kSpanAt - 1] != '-' || text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const auto version = parse_hex(text.substr(0, 2));
  const bool is_well_ended = text.size() == kLength || (version != 0U && text[kLength] == '-');
  if (!version || *version == 0xFF || !is_well_ended) return std::nullopt;
  TraceContext trace;
  for (std::size_t index = 0; index < trace.trace_id.size(); ++index) {
    const auto byte = parse_hex(text.substr(kTraceAt + 2 * index, 2));
    if (!byte) return std::nullopt;
    trace.trace_id[index] = static_cast<std::byte>(*byte);
  }
  const auto span_id = parse_hex(text.substr(kSpanAt, 16));
  const auto flags = parse_hex(text.substr(kFlagsAt, 2));
  if (!trace.exists() || !span_id || *span_id == 0 || !flags) return std::nullopt;
  trace.span_id = *span_id;
  trace.flags = static_cast<std::uint8_t>(*flags);
  return trace;
}

std::string format_traceparent(const TraceContext& trace) {
  if (!trace.exists()) return {};
  std::string text = "00-";
  text.reserve(kLength);
  for (const std::byte byte : trace.trace_id) append_hex(text, std::to_integer<std::uint64_t>(byte), 2);
  text += '-';
  append_hex(text, trace.span_id, 16);
  text += '-';
  // Of the flags, only what version 00 knows is passed on.
  append_hex(text, trace.flags & 1U, 2);
  return text;
}

TraceContext begin_trace(RandomSource& random) {
  TraceContext trace;
  random.fill(trace.trace_id);
  random.fill(std::as_writable_bytes(std::span(&trace.span_id, 1)));
  if (trace.span_id == 0) trace.span_id = 1;
  return trace;
}

}  // namespace parley
