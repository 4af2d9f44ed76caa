// The proxies before the gateway whose word about a client's address is taken.
#pragma once

#include "gateway/web/forwarded.h"
#include "gateway/web/ip_address.h"

namespace parley::gateway {

// Whether connections of proxies begin with a PROXY header; those of others never do.
enum class ProxyProtocol { kOff, kOn };

struct TrustedProxies {
  AddressRanges ranges;  // empty: none, and peers are clients
  ForwardedHeader header = ForwardedHeader::kXForwardedFor;
  ProxyProtocol protocol = ProxyProtocol::kOff;
};

}  // namespace parley::gateway
