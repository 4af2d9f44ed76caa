// The answer to a WebSocket's upgrade: RFC 6455, section 4.2.2.
#pragma once

#include <string>
#include <string_view>

namespace parley::gateway {

// Whether it can be a Sec-WebSocket-Key: 16 bytes in base64.
bool is_handshake_key(std::string_view key);

// The whole response with status 101. `key` is the request's Sec-WebSocket-Key; without a `subprotocol` none is named,
// without a `set_cookie` (the value of a Set-Cookie header) none is set.
std::string make_handshake_answer(std::string_view key, std::string_view subprotocol, std::string_view set_cookie);

}  // namespace parley::gateway
