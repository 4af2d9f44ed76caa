// The page's address.
#pragma once

#include <string>

namespace parley::web {

// location.pathname, as in the address: percent-encoded.
std::string browser_path();

// The gateway's WebSocket on the host that the page came from, without a query.
std::string browser_socket_url();

}  // namespace parley::web
