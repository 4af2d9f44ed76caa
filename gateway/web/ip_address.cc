#include "gateway/web/ip_address.h"

#include <algorithm>
#include <cstdint>

#include <boost/asio/ip/network_v6.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::gateway {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned short kCustomerBits = 64;
constexpr unsigned short kNetworkBits = 48;
constexpr std::size_t kAddressLengthMax = 45;  // of an IPv6 address with an IPv4 one at its end

std::vector<std::uint8_t> bytes_of(const IpAddress& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = address.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

bool share_bits(const std::vector<std::uint8_t>& left, const std::vector<std::uint8_t>& right, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole), right.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((left[whole] ^ right[whole]) >> (8 - rest)) == 0;
}

}  // namespace

IpAddress unmapped(const IpAddress& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  // The library takes a zone, and stops at a NUL.
  constexpr std::string_view kCharacters = "0123456789abcdefABCDEF:.";
  if (text.size() > kAddressLengthMax || text.find_first_not_of(kCharacters) != std::string_view::npos) {
    return std::nullopt;
  }
  boost::system::error_code error;
  const IpAddress address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return unmapped(address);
}

std::string client_key(const IpAddress& address) {
  const IpAddress plain = unmapped(address);
  if (plain.is_v4()) return plain.to_string();
  return ip::network_v6(plain.to_v6(), kCustomerBits).canonical().to_string();
}

std::string network_key(const IpAddress& address) {
  const IpAddress plain = unmapped(address);
  if (plain.is_v4()) return {};
  return ip::network_v6(plain.to_v6(), kNetworkBits).canonical().to_string();
}

std::optional<AddressRanges::Range> AddressRanges::parse_range(std::string_view entry) {
  const std::size_t slash = entry.find('/');
  const std::optional<IpAddress> first = parse_ip_address(entry.substr(0, slash));
  if (!first) return std::nullopt;
  const unsigned bits_max = first->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Range{*first, bits_max};
  unsigned bits = 0;
  if (!absl::SimpleAtoi(to_absl(entry.substr(slash + 1)), &bits) || bits > bits_max) return std::nullopt;
  return Range{*first, bits};
}

absl::StatusOr<AddressRanges> AddressRanges::parse(std::span<const std::string> entries) {
  AddressRanges parsed;
  for (const std::string& entry : entries) {
    const std::optional<Range> range = parse_range(entry);
    if (!range) {
      return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                        absl::StrCat("\"", entry, "\" is no address and no range as 192.0.2.0/24 or 2001:db8::/32"));
    }
    parsed.ranges_.push_back(*range);
  }
  return parsed;
}

bool AddressRanges::contain(const IpAddress& address) const {
  const IpAddress plain = unmapped(address);
  const std::vector<std::uint8_t> bytes = bytes_of(plain);
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return range.first.is_v4() == plain.is_v4() && share_bits(bytes_of(range.first), bytes, range.bits);
  });
}

}  // namespace parley::gateway
