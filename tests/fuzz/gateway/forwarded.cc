// What a request says of where it came from, in both headers.
#include "gateway/web/forwarded.h"

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

using gateway::ForwardedHeader;
using gateway::IpAddress;

void check(std::string_view list, ForwardedHeader header) {
  static const gateway::AddressRanges kProxies =
      *gateway::AddressRanges::parse(std::vector<std::string>{"10.0.0.0/8", "2001:db8::/32"});
  static const IpAddress kProxy = *gateway::parse_ip_address("10.0.0.1");
  static const IpAddress kStranger = *gateway::parse_ip_address("192.0.2.1");
  expect(gateway::client_address(kStranger, list, header, kProxies) == kStranger, "a stranger is himself");
  // Whatever a client writes: the address that the proxy adds is the client's.
  const std::string added = header == ForwardedHeader::kForwarded ? "for=203.0.113.5" : "203.0.113.5";
  const IpAddress found = gateway::client_address(kProxy, std::string(list) + ", " + added, header, kProxies);
  const bool is_proxy_itself = found == kProxy && header == ForwardedHeader::kForwarded;  // a quote without an end
  expect(found.to_string() == "203.0.113.5" || is_proxy_itself, "nobody chooses his address");
}

}  // namespace

void fuzz(std::string_view bytes) {
  check(bytes, ForwardedHeader::kXForwardedFor);
  check(bytes, ForwardedHeader::kForwarded);
}

}  // namespace parley::fuzz
