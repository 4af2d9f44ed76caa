// Whose request it is that came through proxies.
#pragma once

#include <string_view>

#include "gateway/web/ip_address.h"

namespace parley::gateway {

// Which header the proxies write. The other one is the client's own word, and is not read.
enum class ForwardedHeader {
  kXForwardedFor,
  kForwarded,  // RFC 7239
};

// The client of a request that came from `peer` with that header (several lines as a list, empty for none): from the
// right, where each proxy has written whom it heard, the first address that is not one of `trusted`. What a client says
// of itself stands to the left of that. Where an entry is no address (`unknown`, a made-up name), the proxy that wrote
// it is all that is known.
IpAddress client_address(const IpAddress& peer, std::string_view list, ForwardedHeader header,
                         const AddressRanges& trusted);

}  // namespace parley::gateway
