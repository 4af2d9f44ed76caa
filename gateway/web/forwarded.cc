#include "gateway/web/forwarded.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"

namespace parley::gateway {
namespace {

std::string_view trimmed(std::string_view text) { return to_std(absl::StripAsciiWhitespace(to_absl(text))); }

bool is_port(std::string_view text) {
  return text.empty() ||
         (text.front() == ':' && text.size() <= 6 && std::all_of(text.begin() + 1, text.end(), absl::ascii_isdigit));
}

// An address, with or without a port: 192.0.2.1:4711, [2001:db8::1]:4711, and as some write it, 2001:db8::1.
std::optional<IpAddress> parse_node(std::string_view node) {
  if (node.starts_with('[')) {
    const std::size_t bracket = node.find(']');
    if (bracket == std::string_view::npos || !is_port(node.substr(bracket + 1))) return std::nullopt;
    return parse_ip_address(node.substr(1, bracket - 1));
  }
  const std::size_t colon = node.find(':');
  const bool has_port = colon != std::string_view::npos && node.find(':', colon + 1) == std::string_view::npos;
  if (!has_port) return parse_ip_address(node);
  return is_port(node.substr(colon)) ? parse_ip_address(node.substr(0, colon)) : std::nullopt;
}

// Separates at `separator` where it is in no quoted string (RFC 9110, section 5.6.4). Nothing where one does not end.
std::optional<std::vector<std::string_view>> split_unquoted(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool is_quoted = false;
  std::size_t begin = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (is_quoted && text[index] == '\\') {
      ++index;
    } else if (text[index] == '"') {
      is_quoted = !is_quoted;
    } else if (text[index] == separator && !is_quoted) {
      parts.push_back(text.substr(begin, index - begin));
      begin = index + 1;
    }
  }
  if (is_quoted) return std::nullopt;
  parts.push_back(text.substr(begin));
  return parts;
}

// The node of `for` in one element of Forwarded. An escape in it makes no address.
std::optional<IpAddress> parse_element(std::string_view element) {
  const auto pairs = split_unquoted(element, ';');
  if (!pairs) return std::nullopt;
  for (const std::string_view pair : *pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !absl::EqualsIgnoreCase(to_absl(trimmed(pair.substr(0, equals))), "for")) {
      continue;
    }
    std::string_view node = trimmed(pair.substr(equals + 1));
    if (node.size() >= 2 && node.starts_with('"') && node.ends_with('"')) node = node.substr(1, node.size() - 2);
    return parse_node(node);
  }
  return std::nullopt;
}

std::vector<std::string_view> split_list(std::string_view list, ForwardedHeader header) {
  if (header == ForwardedHeader::kForwarded) return split_unquoted(list, ',').value_or(std::vector<std::string_view>());
  std::vector<std::string_view> parts;
  for (const absl::string_view part : absl::StrSplit(to_absl(list), ',')) parts.push_back(to_std(part));
  return parts;
}

}  // namespace

IpAddress client_address(const IpAddress& peer, std::string_view list, ForwardedHeader header,
                         const AddressRanges& trusted) {
  IpAddress client = unmapped(peer);
  if (list.empty() || !trusted.contain(client)) return client;
  std::vector<std::string_view> parts = split_list(list, header);
  while (trusted.contain(client) && !parts.empty()) {
    const std::string_view part = trimmed(parts.back());
    parts.pop_back();
    if (part.empty()) continue;  // RFC 9110, section 5.6.1.2
    const std::optional<IpAddress> named =
        header == ForwardedHeader::kForwarded ? parse_element(part) : parse_node(part);
    if (!named) break;
    client = *named;
  }
  return client;
}

}  // namespace parley::gateway
