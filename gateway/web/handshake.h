// A WebSocket's opening handshake, as the server sees it: RFC 6455, section 4.2.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gateway/web/responses.h"

namespace parley::gateway {

// Whether the request asks for a WebSocket instead of an answer: GET, HTTP/1.1, and the tokens in Upgrade and
// Connection.
bool is_websocket_upgrade(const HttpRequest& request);

// What is wrong with such a request (section 4.2.1), as far as the protocol goes. INVALID_ARGUMENT:
// WEBSOCKET_VERSION_UNKNOWN, HANDSHAKE_INVALID. Extensions are declined by silence, but must be well formed
// (section 9.1).
absl::Status check_handshake(const HttpRequest& request);

// Whether it can be a Sec-WebSocket-Key: 16 bytes in base64.
bool is_handshake_key(std::string_view key);

// The whole response with status 101. `key` is the request's Sec-WebSocket-Key; without a `subprotocol` none is named,
// without a `set_cookie` (the value of a Set-Cookie header) none is set.
std::string make_handshake_answer(std::string_view key, std::string_view subprotocol, std::string_view set_cookie);

}  // namespace parley::gateway
