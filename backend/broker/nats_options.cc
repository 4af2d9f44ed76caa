#include "backend/broker/nats_options.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

constexpr std::string_view kScheme = "nats://";
constexpr std::size_t kServersMax = 32;
constexpr std::size_t kSubjectBytesMax = 100;

absl::Status invalid(std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", message);
}

bool is_host_character(char character) {
  return absl::ascii_isalnum(static_cast<unsigned char>(character)) || character == '-' || character == '_' ||
         character == '.';
}

// A name, an IPv4 address, or an IPv6 address in brackets.
bool is_host(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return std::all_of(text.begin() + 1, text.end() - 1, [](char character) {
      return character == ':' || absl::ascii_isxdigit(static_cast<unsigned char>(character));
    });
  }
  return !text.empty() && std::all_of(text.begin(), text.end(), is_host_character);
}

bool is_port(std::string_view text) {
  std::int32_t port = 0;
  return absl::SimpleAtoi(to_absl(text), &port) && port >= 1 && port <= 65'535;
}

std::optional<NatsServer> parse_server(std::string_view url) {
  if (!url.starts_with(kScheme)) return std::nullopt;
  std::string_view address = url.substr(kScheme.size());
  address.remove_prefix(address.rfind('@') + 1);  // npos + 1 is 0
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || !is_host(address.substr(0, colon)) || !is_port(address.substr(colon + 1))) {
    return std::nullopt;
  }
  return NatsServer{.url = std::string(url), .address = std::string(address)};
}

// Letters, digits, - and _ in parts separated by single dots: no wildcard, no white space.
bool is_subject(std::string_view text) {
  return !text.empty() && text.size() <= kSubjectBytesMax && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), is_host_character);
}

}  // namespace

absl::StatusOr<NatsBrokerOptions> make_nats_options(const Config& config) {
  NatsBrokerOptions options;
  options.subject = config.text("nats_subject");
  options.credentials_file = config.text("nats_credentials_file");
  const std::vector<std::string> urls = config.list("nats_servers");
  if (urls.empty() || urls.size() > kServersMax) {
    return invalid(absl::StrCat("nats_servers must name 1 to ", kServersMax, " servers"));
  }
  for (const std::string& url : urls) {
    std::optional<NatsServer> server = parse_server(url);
    if (!server.has_value()) {
      return invalid(absl::StrCat("nats_servers: number ", options.servers.size() + 1, " is not nats://host:port"));
    }
    options.servers.push_back(*std::move(server));
  }
  if (!is_subject(options.subject)) {
    return invalid("nats_subject must be letters, digits, - and _ in parts separated by dots");
  }
  if (!options.credentials_file.empty() && !std::ifstream(options.credentials_file).is_open()) {
    return invalid(absl::StrCat("nats_credentials_file cannot be read: ", options.credentials_file));
  }
  return options;
}

}  // namespace parley::backend
