// The Cookie header of a request: RFC 6265, section 4.2.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace parley::gateway {

struct Cookie {
  std::string_view name;
  std::string_view value;  // without quotes around it

  bool operator==(const Cookie&) const = default;
};

// The cookies whose names begin with that (case counts), in their order, `count_max` at the most; those with a value of
// characters that no cookie of ours has are passed over. Views into `header`, which may be anything.
std::vector<Cookie> find_cookies(std::string_view header, std::string_view name_begin, std::size_t count_max);

}  // namespace parley::gateway
