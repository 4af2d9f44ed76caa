// IP addresses of clients and proxies.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "absl/status/statusor.h"

namespace parley::gateway {

using IpAddress = boost::asio::ip::address;

// An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) as what it is.
IpAddress unmapped(const IpAddress& address);

// An address in its usual writing, without port, brackets and zone.
std::optional<IpAddress> parse_ip_address(std::string_view text);

// Who is meant where a limit is for an address: with IPv6 a customer has a /64 at the least, and as many addresses as
// he likes in it.
std::string client_key(const IpAddress& address);

// The network around it, where one customer may well have all of that: the /48 of an IPv6 address. Empty for IPv4.
std::string network_key(const IpAddress& address);

// A set of addresses, in ranges.
class AddressRanges {
 public:
  // Addresses and CIDR ranges, 192.0.2.1 or 2001:db8::/32. INVALID_ARGUMENT (CONFIGURATION_INVALID) for another entry.
  static absl::StatusOr<AddressRanges> parse(std::span<const std::string> entries);

  bool contain(const IpAddress& address) const;
  bool empty() const { return ranges_.empty(); }

 private:
  struct Range {
    IpAddress first;
    unsigned bits;  // that an address has in common with `first`
  };

  static std::optional<Range> parse_range(std::string_view entry);

  std::vector<Range> ranges_;
};

}  // namespace parley::gateway
