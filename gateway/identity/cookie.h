// The Cookie header of a request: RFC 6265, section 4.2.
#pragma once

#include <optional>
#include <string_view>

namespace parley::gateway {

// The value of the first cookie with that name (case counts), without quotes around it; nothing where `header` has
// none, or where the first has a value of characters that no cookie of ours has. A view into `header`, which may be
// anything.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

}  // namespace parley::gateway
