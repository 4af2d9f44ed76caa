#include "gateway/app/gateway_settings.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/errors.h"
#include "common/secret_file.h"

namespace parley::gateway {
namespace {

std::size_t size_of(const Config& config, std::string_view key) {
  return static_cast<std::size_t>(config.integer(key));
}

absl::StatusOr<LogLevel> log_level(const std::string& name) {
  if (const auto level = find_log_level(name); level.has_value()) return *level;
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                    "log_level must be debug, info, warning or error, not \"" + name + "\"");
}

absl::Status invalid(const std::string& message) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", message);
}

absl::StatusOr<IdentitySettings> read_identity(const Config& config) {
  IdentitySettings identity;
  const std::string& kind = config.text("identity");
  if (kind == "open") {
    identity.kind = IdentityKind::kOpen;
  } else if (kind == "token") {
    identity.kind = IdentityKind::kToken;
  } else if (kind == "claimed") {
    identity.kind = IdentityKind::kClaimed;
  } else {
    return invalid("identity must be open, token or claimed, not \"" + kind + "\"");
  }
  identity.session_key_file = config.text("session_key_file");
  const std::string& cookie = config.text("session_cookie");
  if (cookie != "auto" && cookie != "secure") {
    return invalid("session_cookie must be auto or secure, not \"" + cookie + "\"");
  }
  identity.session_cookie = cookie == "secure" ? SessionCookie::kSecure : SessionCookie::kAsTransport;
  identity.session_lifetime = std::chrono::hours(24) * config.integer("session_days_max");
  identity.token = {.keys_file = config.text("token_keys_file"),
                    .audience = config.text("token_audience"),
                    .issuer = config.text("token_issuer"),
                    .name_claim = config.text("token_name_claim"),
                    .rooms_claim = config.text("token_rooms_claim")};
  if (identity.kind == IdentityKind::kToken && (identity.token.keys_file.empty() || identity.token.audience.empty())) {
    return invalid("identity=token needs token_keys_file and token_audience");
  }
  return identity;
}

absl::StatusOr<TlsSettings> tls_settings(const Config& config) {
  TlsSettings tls{config.text("tls_certificate_file"),
                  config.text("tls_key_file"),
                  static_cast<std::uint16_t>(config.integer("tls_port")),
                  config.text("tls_port_file"),
                  static_cast<std::uint16_t>(config.integer("tls_public_port")),
                  config.milliseconds("tls_reload_interval_ms"),
                  std::chrono::seconds(config.integer("hsts_max_age_s"))};
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return invalid("tls_certificate_file and tls_key_file belong together: give both or none");
  }
  const bool is_on = !tls.certificate_file.empty();
  if (is_on && tls.port != 0 && tls.port == config.integer("port")) {
    return invalid("port and tls_port must differ: the plain port redirects to the other one");
  }
  return tls;
}

absl::StatusOr<TrustedProxies> trusted_proxies(const Config& config) {
  absl::StatusOr<AddressRanges> ranges = AddressRanges::parse(config.list("trusted_proxies"));
  if (!ranges.ok()) return invalid("trusted_proxies: " + std::string(ranges.status().message()));
  const std::string& header = config.text("forwarded_header");
  if (header != "X-Forwarded-For" && header != "Forwarded") {
    return invalid("forwarded_header must be X-Forwarded-For or Forwarded");
  }
  const std::string& protocol = config.text("proxy_protocol");
  if (protocol != "on" && protocol != "off") return invalid("proxy_protocol must be on or off");
  if (protocol == "on" && ranges->empty()) {
    return invalid("proxy_protocol needs trusted_proxies: only their word is taken");
  }
  return TrustedProxies{.ranges = *std::move(ranges),
                        .header = header == "Forwarded" ? ForwardedHeader::kForwarded : ForwardedHeader::kXForwardedFor,
                        .protocol = protocol == "on" ? ProxyProtocol::kOn : ProxyProtocol::kOff};
}

// A listener that only this machine reaches is asked for by its own names, unless others are given: so that no page of
// another site reaches it by a name of its own.
absl::StatusOr<SiteNames> site_names(const Config& config) {
  SiteNames names;
  names.is_tls_in_front = config.text("session_cookie") == "secure";
  if (is_loopback_name(config.text("address"))) names.policy = HostPolicy::kLoopback;
  for (const std::string& entry : config.list("hosts")) {
    const std::string host(absl::StripAsciiWhitespace(entry));
    const bool is_ipv6 = !host.starts_with('[') && parse_ip_address(host).has_value() && host.find(':') < host.size();
    const std::optional<HostHeader> parsed = parse_host(is_ipv6 ? "[" + host + "]" : host);
    if (host != "*" && (!parsed || parsed->port != 0)) {
      return invalid("hosts must be names or addresses without ports, not \"" + host + "\"");
    }
    names.hosts.push_back(parsed ? parsed->name : host);
  }
  if (names.hosts.empty()) return names;
  const bool is_any = std::find(names.hosts.begin(), names.hosts.end(), "*") != names.hosts.end();
  names.policy = is_any ? HostPolicy::kAny : HostPolicy::kListed;
  return names;
}

absl::StatusOr<GrpcTlsFiles> backend_tls_files(const Config& config) {
  const GrpcTlsFiles files{config.text("backend_tls_certificate_file"), config.text("backend_tls_key_file"),
                           config.text("backend_tls_authority_file"),
                           std::chrono::ceil<std::chrono::seconds>(config.milliseconds("tls_reload_interval_ms"))};
  if (files.certificate.empty() != files.key.empty()) {
    return invalid("backend_tls_certificate_file and backend_tls_key_file belong together: give both or none");
  }
  if (!files.certificate.empty() && files.authority.empty()) {
    return invalid("backend_tls_certificate_file needs backend_tls_authority_file: without it no TLS is spoken");
  }
  return files;
}

}  // namespace

absl::StatusOr<GatewaySettings> read_settings(const Config& config) {
  const absl::StatusOr<LogLevel> level = log_level(config.text("log_level"));
  if (!level.ok()) return level.status();
  GatewaySettings settings;
  settings.log_level = *level;
  settings.slow_request = config.milliseconds("slow_request_ms");
  settings.admin_address = config.text("admin_address");
  settings.admin_port = static_cast<int>(config.integer("admin_port"));
  settings.address = config.text("address");
  settings.port = static_cast<std::uint16_t>(config.integer("port"));
  settings.port_file = config.text("port_file");
  settings.backends = config.list("backends");
  if (settings.backends.empty()) {
    return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                      "backends must name at least one host:port");
  }
  if (const std::string& path = config.text("gateway_credential_file"); !path.empty()) {
    const absl::StatusOr<std::vector<std::string>> secrets = read_secret_file(path);
    if (!secrets.ok()) return secrets.status();
    settings.gateway_credential = secrets->front();
  }
  settings.site_dir = config.text("site_dir");
  absl::StatusOr<IdentitySettings> identity = read_identity(config);
  if (!identity.ok()) return identity.status();
  settings.identity = *std::move(identity);
  settings.releases = {config.text("releases_dir"), size_of(config, "releases_kept"),
                       config.milliseconds("releases_poll_ms")};
  settings.allowed_origins = config.list("allowed_origins");
  absl::StatusOr<SiteNames> names = site_names(config);
  if (!names.ok()) return names.status();
  settings.names = *std::move(names);
  const std::size_t threads = size_of(config, "io_threads");
  settings.io_threads = threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  settings.drain = config.milliseconds("drain_ms");
  settings.call_deadline = config.milliseconds("call_deadline_ms");
  settings.sends_waiting_max = size_of(config, "sends_waiting_max");
  settings.calls_under_way_max = size_of(config, "calls_under_way_max");
  settings.admission = {
      .connections_max = size_of(config, "connections_max"),
      .connections_per_address_max = size_of(config, "connections_per_address_max"),
      .connections_per_network_max = size_of(config, "connections_per_network_max"),
      .http_connections_max = size_of(config, "http_connections_max"),
      .http_connections_per_address_max = size_of(config, "http_connections_per_address_max"),
      .http_connections_per_network_max = size_of(config, "http_connections_per_network_max"),
      .upgrades_per_second_max = size_of(config, "upgrades_per_second_max"),
      .upgrades_per_address_per_second_max = size_of(config, "upgrades_per_address_per_second_max"),
      .requests_per_address_per_second_max = size_of(config, "requests_per_address_per_second_max"),
      .requests_per_network_per_second_max = size_of(config, "requests_per_network_per_second_max"),
      .tls_handshakes_per_address_per_second_max = size_of(config, "tls_handshakes_per_address_per_second_max"),
      .tls_handshakes_per_network_per_second_max = size_of(config, "tls_handshakes_per_network_per_second_max")};
  settings.rooms_per_address_max = size_of(config, "rooms_per_address_max");
  settings.hub = {{size_of(config, "rooms_max"), config.milliseconds("room_linger_ms")},
                  size_of(config, "send_queue_bytes_max")};
  settings.connections = {
      .commands_outstanding_max = size_of(config, "commands_outstanding_max"),
      .commands_per_second_max = size_of(config, "commands_per_second_max"),
      .pages_outstanding_max = size_of(config, "pages_outstanding_max"),
      .page_bytes_per_second_max = size_of(config, "page_bytes_per_second_max"),
      .rooms_per_connection_max = size_of(config, "rooms_per_connection_max"),
      .tutorial_history_messages_max = static_cast<int>(config.integer("tutorial_history_messages_max")),
      .call_deadline = settings.call_deadline};
  settings.web = {size_of(config, "frame_bytes_max"),           size_of(config, "frames_per_second_max"),
                  size_of(config, "bytes_per_second_max"),      size_of(config, "send_queue_bytes_max"),
                  size_of(config, "header_bytes_max"),          config.milliseconds("handshake_timeout_ms"),
                  config.milliseconds("keep_alive_timeout_ms"), config.milliseconds("response_timeout_ms"),
                  config.milliseconds("close_timeout_ms"),      config.milliseconds("ping_interval_ms"),
                  config.milliseconds("message_timeout_ms")};
  absl::StatusOr<TrustedProxies> proxies = trusted_proxies(config);
  if (!proxies.ok()) return proxies.status();
  settings.proxies = *std::move(proxies);
  absl::StatusOr<TlsSettings> tls = tls_settings(config);
  if (!tls.ok()) return tls.status();
  settings.tls = *std::move(tls);
  absl::StatusOr<GrpcTlsFiles> backend_tls = backend_tls_files(config);
  if (!backend_tls.ok()) return backend_tls.status();
  settings.backend_tls = *std::move(backend_tls);
  return settings;
}

std::chrono::milliseconds sweep_interval(const WebLimits& limits) {
  const std::chrono::milliseconds shortest =
      std::min({limits.handshake_timeout, limits.keep_alive_timeout, limits.response_timeout, limits.close_timeout,
                limits.ping_interval, limits.message_timeout});
  return std::clamp(shortest / 8, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

}  // namespace parley::gateway
