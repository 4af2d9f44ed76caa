// The upgrade request of a WebSocket, read and judged before anything else happens.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "gateway/routes/chat_connection.h"

namespace parley::gateway {

// The parameters of /ws from the query (percent-encoded UTF-8, RFC 3986; `+` is a space, as forms write it; others than
// ours are ignored) and the Sec-WebSocket-Protocol header. INVALID_ARGUMENT: QUERY_INVALID, ROOM_NAME_INVALID,
// AUTHOR_INVALID, SUBPROTOCOL_UNKNOWN (some were offered, none is known).
absl::StatusOr<ConnectParameters> parse_connect(std::string_view query, std::string_view subprotocols);

// What the socket of an upgrade is, or that of the proxy in front of it.
enum class SocketSecurity { kPlain, kTls };

// Whether a page of `origin` may open a WebSocket here (RFC 6454; RFC 6455, section 10.2): its host and port are those
// of the Host header, or it is one of `allowed`. Over TLS a page that came without TLS is not ours: whoever sits on the
// line may have written it. Without an Origin header it is not a browser: ask only with one.
bool is_origin_allowed(std::string_view origin, std::string_view host, std::span<const std::string> allowed,
                       SocketSecurity security);

}  // namespace parley::gateway
