// The traceparent of a request's header, a frame's field or a call's metadata.
#include <optional>
#include <string>

#include "common/trace_context.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  std::optional<TraceContext> trace = parse_traceparent(bytes);
  if (!trace) return;
  const std::string text = format_traceparent(*trace);
  expect(text.substr(2, 51) == bytes.substr(2, 51), "the same ids are passed on");
  trace->flags &= 1U;
  expect(parse_traceparent(text) == trace, "what is passed on is read as the same");
}

}  // namespace parley::fuzz
