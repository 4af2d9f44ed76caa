#include "gateway/web/host_header.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/absl_view.h"
#include "gateway/web/ip_address.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kHostBytesMax = 255;
constexpr std::uint32_t kPortMost = 65'535;

bool is_name_character(char character) {
  return absl::ascii_isalnum(static_cast<unsigned char>(character)) || character == '-' || character == '.';
}

bool is_ipv6_character(char character) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(character)) || character == ':' || character == '.';
}

// `text` is what follows the name: nothing, or a colon and digits, of which there may be none.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text == ":") return 0;
  std::uint32_t port = 0;
  const bool is_port = text.front() == ':' && std::all_of(text.begin() + 1, text.end(), absl::ascii_isdigit) &&
                       absl::SimpleAtoi(to_absl(text.substr(1)), &port) && port <= kPortMost;
  if (!is_port) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

// A name may end with the full stop of the root.
std::string_view without_root(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

std::optional<HostHeader> parse_host(std::string_view host) {
  if (host.size() > kHostBytesMax) return std::nullopt;
  std::string_view name;
  std::string_view rest;
  if (host.starts_with('[')) {
    const std::size_t bracket = host.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    name = host.substr(1, bracket - 1);
    rest = host.substr(bracket + 1);
    if (!std::all_of(name.begin(), name.end(), is_ipv6_character)) return std::nullopt;
  } else {
    const std::size_t colon = std::min(host.find(':'), host.size());
    name = host.substr(0, colon);
    rest = host.substr(colon);
    if (!std::all_of(name.begin(), name.end(), is_name_character)) return std::nullopt;
  }
  const std::optional<std::uint16_t> port = parse_port(rest);
  if (name.empty() || !port) return std::nullopt;
  return HostHeader{std::string(name), *port};
}

bool is_loopback_name(std::string_view name) {
  name = without_root(name);
  constexpr std::string_view kLocalhost = "localhost";
  if (absl::EqualsIgnoreCase(to_absl(name), to_absl(kLocalhost)) ||
      absl::EndsWithIgnoreCase(to_absl(name), ".localhost")) {
    return true;
  }
  const std::optional<IpAddress> address = parse_ip_address(name);
  return address && unmapped(*address).is_loopback();
}

bool is_host_allowed(std::string_view host, HostPolicy policy, std::span<const std::string> listed) {
  if (policy == HostPolicy::kAny) return true;
  const std::optional<HostHeader> parsed = parse_host(host);
  if (!parsed) return false;
  if (policy == HostPolicy::kLoopback) return is_loopback_name(parsed->name);
  const std::string_view name = without_root(parsed->name);
  return std::any_of(listed.begin(), listed.end(), [name](const std::string& entry) {
    return absl::EqualsIgnoreCase(to_absl(entry), to_absl(name));
  });
}

}  // namespace parley::gateway
