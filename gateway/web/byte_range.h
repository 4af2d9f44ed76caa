// The Range of a request: RFC 9110, section 14.
#pragma once

#include <cstddef>
#include <string_view>

namespace parley::gateway {

struct ByteRange {
  enum class Kind {
    kWhole,          // none is asked for, or one that is ignored: another unit, several, not well-formed
    kPart,           // `first` and `count` lie within the representation, and `count` is not zero
    kUnsatisfiable,  // it begins behind the end
  };
  Kind kind = Kind::kWhole;
  std::size_t first = 0;
  std::size_t count = 0;
};

// `range`: the header's value, empty where there is none. `size`: bytes of the representation. Several ranges are
// answered with all of it, as section 14.2 allows: no page asks for them, and they have been a way to wear servers out.
ByteRange parse_byte_range(std::string_view range, std::size_t size);

// Whether a Range counts beside this If-Range header (section 13.1.5; empty: none), which names a strong ETag. Dates
// never match, as no answer here has one.
bool if_range_holds(std::string_view if_range, std::string_view etag);

}  // namespace parley::gateway
