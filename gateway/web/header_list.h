// Lists in HTTP header fields: RFC 9110, section 5.6, and RFC 6455, section 9.1.
#pragma once

#include <string_view>

namespace parley::gateway {

// Whether `text` is a list of at least one token; empty elements between its commas are passed over, as section 5.6.1.2
// wants it.
bool is_token_list(std::string_view text);

// The same of extensions with their parameters, as Sec-WebSocket-Extensions has them.
bool is_extension_list(std::string_view text);

}  // namespace parley::gateway
