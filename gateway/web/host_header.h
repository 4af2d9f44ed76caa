// The Host header: by which name a client has come.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley::gateway {

struct HostHeader {
  std::string name;        // a name or an address, without brackets
  std::uint16_t port = 0;  // 0 where it says none
};

// RFC 9110, section 7.2. `host` may be anything; nothing where it is neither a name nor an address, or its port is
// none.
std::optional<HostHeader> parse_host(std::string_view host);

// `localhost`, what is below it, and the addresses of the machine itself.
bool is_loopback_name(std::string_view name);

// By which names a site may be asked for.
enum class HostPolicy {
  kAny,
  kLoopback,  // see is_loopback_name(): a page of a name that leads here only for the moment has another one
  kListed,
};

// Whether a request for `host`, a Host header, is for this site. A page of another site whose name's owner lets it lead
// to this address is of the same origin as what it asks here (DNS rebinding): only the name tells the two apart.
// `listed` are names and addresses without ports; case does not count.
bool is_host_allowed(std::string_view host, HostPolicy policy, std::span<const std::string> listed);

}  // namespace parley::gateway
