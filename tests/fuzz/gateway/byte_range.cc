// The Range and If-Range of a request, a line each, behind the size of the file (two bytes).
#include "gateway/web/byte_range.h"

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  using Kind = gateway::ByteRange::Kind;
  Input input(bytes);
  const std::size_t size = input.number();
  const std::string_view range = input.line();
  const std::string_view if_range = input.line();
  const gateway::ByteRange part = gateway::parse_byte_range(range, size);
  switch (part.kind) {
    case Kind::kWhole: break;
    case Kind::kPart:
      expect(part.count > 0 && part.first < size && part.count <= size - part.first, "a part lies within the file");
      break;
    case Kind::kUnsatisfiable: expect(!range.empty(), "nobody is refused a range that he did not ask for"); break;
  }
  expect(range.find(',') == std::string_view::npos || part.kind == Kind::kWhole, "several ranges are all of it");
  expect(!gateway::if_range_holds(if_range, "\"tag\"") || if_range.empty() || if_range == "\"tag\"",
         "a part of another version is not given");
}

}  // namespace parley::fuzz
