#include "gateway/web/proxy_header.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"

namespace parley::gateway {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kHeadBytes = 16;
constexpr std::size_t kAddressesOfTcp4 = 12;
constexpr std::size_t kAddressesOfTcp6 = 36;

constexpr std::string_view kTextBegin = "PROXY ";
constexpr std::size_t kTextBytesMax = 107;   // with its line's end
constexpr std::size_t kFirstLookBytes = 12;  // fewer than any of the two has

ProxyHeader invalid() { return {ProxyHeader::Kind::kInvalid, 0, std::nullopt}; }

ProxyHeader incomplete(std::size_t bytes_wanted) {
  return {ProxyHeader::Kind::kIncomplete, bytes_wanted, std::nullopt};
}

ProxyHeader whole(std::size_t size, std::optional<IpAddress> client) {
  return {ProxyHeader::Kind::kWhole, size, client};
}

bool begins_like(std::string_view bytes, std::string_view begin) {
  const std::size_t count = std::min(bytes.size(), begin.size());
  return bytes.substr(0, count) == begin.substr(0, count);
}

template <class Address>
IpAddress read_address(std::string_view bytes) {
  typename Address::bytes_type raw;
  std::memcpy(raw.data(), bytes.data(), raw.size());
  return unmapped(Address(raw));
}

// Section 2.2.
ProxyHeader parse_binary(std::string_view bytes) {
  if (bytes.size() < kHeadBytes) return incomplete(kHeadBytes);
  const auto byte_at = [bytes](std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); };
  const std::size_t length = static_cast<std::size_t>(byte_at(14)) << 8 | byte_at(15);
  const std::size_t size = kHeadBytes + length;
  const std::uint8_t command = byte_at(12);
  const std::uint8_t family = byte_at(13);
  constexpr std::uint8_t kLocal = 0x20;
  constexpr std::uint8_t kProxy = 0x21;
  if ((command != kLocal && command != kProxy) || size > kProxyHeaderBytesMax) return invalid();
  if (bytes.size() < size) return incomplete(size);
  if (command == kLocal) return whole(size, std::nullopt);
  const std::string_view addresses = bytes.substr(kHeadBytes, length);
  switch (family) {
    case 0x00:  // unspecified
    case 0x31:  // a stream over a Unix socket
      return whole(size, std::nullopt);
    case 0x11: return length < kAddressesOfTcp4 ? invalid() : whole(size, read_address<ip::address_v4>(addresses));
    case 0x21: return length < kAddressesOfTcp6 ? invalid() : whole(size, read_address<ip::address_v6>(addresses));
    default: return invalid();
  }
}

bool is_port(absl::string_view text) {
  unsigned port = 0;
  return !text.empty() && text.size() <= 5 && absl::SimpleAtoi(text, &port) && port <= UINT16_MAX;
}

// Section 2.1. `line` without its end.
std::optional<ProxyHeader> parse_line(std::string_view line, std::size_t size) {
  const std::vector<absl::string_view> words = absl::StrSplit(to_absl(line), ' ');
  if (words.size() >= 2 && words[1] == "UNKNOWN") return whole(size, std::nullopt);
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6")) return std::nullopt;
  const bool is_v4 = words[1] == "TCP4";
  for (const absl::string_view word : {words[2], words[3]}) {
    if ((word.find(':') == absl::string_view::npos) != is_v4 || !parse_ip_address(to_std(word))) return std::nullopt;
  }
  if (!is_port(words[4]) || !is_port(words[5])) return std::nullopt;
  return whole(size, parse_ip_address(to_std(words[2])));
}

// Its end is where it is found, and what follows is not ours to take: one byte after the other.
ProxyHeader parse_text(std::string_view bytes) {
  const std::string_view begin = bytes.substr(0, kTextBytesMax);
  const std::size_t end = begin.find("\r\n");
  if (end == std::string_view::npos) return begin.size() == kTextBytesMax ? invalid() : incomplete(bytes.size() + 1);
  return parse_line(begin.substr(0, end), end + 2).value_or(invalid());
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) {
  const bool may_be_binary = begins_like(bytes, kSignature);
  const bool may_be_text = begins_like(bytes, kTextBegin);
  if (!may_be_binary && !may_be_text) return invalid();
  if (bytes.size() < kFirstLookBytes) return incomplete(kFirstLookBytes);
  return may_be_binary ? parse_binary(bytes) : parse_text(bytes);
}

}  // namespace parley::gateway
