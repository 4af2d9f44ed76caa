// The header with which a proxy begins a connection to say whose it is: the PROXY protocol, versions 1 and 2, as
// HAProxy's proxy-protocol.txt describes it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "gateway/web/ip_address.h"

namespace parley::gateway {

struct ProxyHeader {
  enum class Kind {
    kIncomplete,  // look again when there are `bytes_wanted`, which a whole header has in any case
    kInvalid,     // it is none
    kWhole,
  };
  Kind kind = Kind::kInvalid;
  std::size_t bytes_wanted = 0;  // with kWhole its size
  // The client's, with kWhole. None where the connection is the proxy's own (LOCAL, a probe of its health) or the
  // client has no IP address.
  std::optional<IpAddress> client;
};

// More than any that carries addresses and what is usual beside them.
inline constexpr std::size_t kProxyHeaderBytesMax = 2'048;

// `bytes`: those from the connection's begin on that have come so far; what follows the header is not looked at.
ProxyHeader parse_proxy_header(std::string_view bytes);

}  // namespace parley::gateway
