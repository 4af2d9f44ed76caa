// Content coding by Accept-Encoding, RFC 9110, sections 12.4.2 and 12.5.3.
#pragma once

#include <string_view>

namespace parley::gateway {

// The weight that `header` gives to `coding`, in thousandths: 0 is refused. A coding that it does not name gets that
// of `*`, else 0, but `identity` 1000. An unreadable weight is 0.
int coding_weight(std::string_view header, std::string_view coding);

}  // namespace parley::gateway
