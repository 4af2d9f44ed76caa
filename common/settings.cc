#include "common/settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley {
namespace {

constexpr auto kText = SettingType::kText;
constexpr auto kInteger = SettingType::kInteger;
constexpr auto kBoth = Program::kBoth;
constexpr auto kBackend = Program::kBackend;
constexpr auto kGateway = Program::kGateway;
constexpr auto kPublish = Program::kPublish;

// clang-format off
constexpr std::array kSettings = {
  Setting{kBoth, "log_level", kText, "info", 0, 0, "debug, info, warning or error; at run time: /log-levels of the admin port"},
  Setting{kBoth, "slow_request_ms", kInteger, "1000", 0, 600'000, "a request that takes longer is logged as a warning; 0 for none"},
  Setting{kBoth, "admin_address", kText, "127.0.0.1", 0, 0, "address of the admin port: /metrics, /livez, /readyz, /log-levels, without a password"},
  Setting{kBoth, "admin_port", kInteger, "-1", -1, 65'535, "admin port, 0 for any (it is in the log), -1 for none"},
  Setting{kBoth, "drain_ms", kInteger, "8000", 0, 600'000, "how long an orderly shutdown may take"},
  Setting{kBoth, "gateway_credential_file", kText, "", 0, 0, "a file with the secret by which backends know their gateways, the same for both; a backend takes up to four lines, a gateway brings the first; empty for none"},
  Setting{kBoth, "port_file", kText, "", 0, 0, "a file to write the bound port to when ready"},
  Setting{kBoth, "tls_reload_interval_ms", kInteger, "5000", 50, 3'600'000, "how often the files of certificates and keys are looked at for a change; gRPC's in whole seconds"},

  Setting{kBackend, "grpc_address", kText, "127.0.0.1", 0, 0, "address to listen on"},
  Setting{kBackend, "grpc_port", kInteger, "50051", 0, 65'535, "port to listen on, 0 for any"},
  Setting{kBackend, "grpc_tls_certificate_file", kText, "", 0, 0, "PEM file of a certificate and those that lead to its authority; with it gRPC is served over TLS only"},
  Setting{kBackend, "grpc_tls_key_file", kText, "", 0, 0, "PEM file of that certificate's private key, without a passphrase"},
  Setting{kBackend, "grpc_tls_client_authority_file", kText, "", 0, 0, "PEM file of an authority; with it only clients with a certificate of it are answered (mTLS)"},
  Setting{kBackend, "database_url", kText, "", 0, 0, "libpq connection string or URL of the database (also DATABASE_URL)"},
  Setting{kBackend, "broker", kText, "postgres", 0, 0, "what tells the other backends of news: postgres or nats"},
  Setting{kBackend, "nats_servers", kText, "nats://127.0.0.1:4222", 0, 0, "servers of one NATS cluster, nats://host:port, separated by commas"},
  Setting{kBackend, "nats_subject", kText, "parley.hints", 0, 0, "the same for all backends of one database, and for no others"},
  Setting{kBackend, "nats_credentials_file", kText, "", 0, 0, "a NATS credentials file; empty for none"},
  Setting{kBackend, "api_tokens", kText, "auto", 0, 0, "whether callers of ChatService need a bearer token (chat-backend token): off, required, or auto, which is off on a loopback address and required on any other"},
  Setting{kBackend, "api_token_refresh_ms", kInteger, "2000", 50, 600'000, "how often the valid tokens are read; a revoked one is refused, and its streams are ended, so much later"},
  Setting{kBackend, "database_workers", kInteger, "6", 1, 64, "threads with a database connection each"},
  Setting{kBackend, "statement_timeout_ms", kInteger, "5000", 100, 600'000, "for one statement in the database"},
  Setting{kBackend, "write_probe_interval_ms", kInteger, "1000", 50, 60'000, "how often a small write finds out whether the database takes writes; health follows it"},
  Setting{kBackend, "write_probe_timeout_ms", kInteger, "1500", 50, 60'000, "for such a write; one that takes longer has failed"},
  Setting{kBackend, "call_ms_max", kInteger, "30000", 100, 600'000, "for one call to wait and run, whatever its deadline"},
  Setting{kBackend, "database_queue_max", kInteger, "4096", 1, 1'000'000, "requests that may wait for a worker; more are refused with OVERLOADED"},
  Setting{kBackend, "group_commit_messages_max", kInteger, "512", 1, 10'000, "messages in one transaction"},
  Setting{kBackend, "resume_changes_max", kInteger, "1000", 1, 100'000, "a larger gap is answered with a reset"},
  Setting{kBackend, "page_bytes_max", kInteger, "1048576", 1'024, 3'000'000, "bodies in one page of history"},
  Setting{kBackend, "lease_ms", kInteger, "15000", 300, 600'000, "how long a gateway's connections outlive its last heartbeat"},
  Setting{kBackend, "reap_interval_ms", kInteger, "2000", 50, 600'000, "how often lapsed leases are looked for"},
  Setting{kBackend, "hub_poll_ms", kInteger, "5000", 50, 600'000, "how often the hub compares its rooms with the database"},
  Setting{kBackend, "presence_delay_ms", kInteger, "150", 0, 60'000, "arrivals and departures of a room are told together after this"},
  Setting{kBackend, "stream_queue_events_max", kInteger, "4096", 1, 1'000'000, "events that may wait for one stream"},
  Setting{kBackend, "stream_sends_max", kInteger, "2048", 1, 1'000'000, "messages of one gateway under way; then reading from it pauses"},
  Setting{kBackend, "rooms_per_stream_max", kInteger, "100000", 1, 10'000'000, "rooms joined over one gateway stream"},
  Setting{kBackend, "streams_max", kInteger, "1000", 1, 100'000, "streams open at a time"},

  Setting{kGateway, "address", kText, "127.0.0.1", 0, 0, "address to listen on"},
  Setting{kGateway, "port", kInteger, "8080", 0, 65'535, "port to listen on, 0 for any"},
  Setting{kGateway, "tls_certificate_file", kText, "", 0, 0, "PEM file of a certificate and those that lead to its authority; with it the site is served over TLS on tls_port, and the plain port only redirects there"},
  Setting{kGateway, "tls_key_file", kText, "", 0, 0, "PEM file of the certificate's private key, without a passphrase"},
  Setting{kGateway, "tls_port", kInteger, "8443", 0, 65'535, "port to listen on with TLS, 0 for any"},
  Setting{kGateway, "tls_port_file", kText, "", 0, 0, "a file to write the bound TLS port to when ready"},
  Setting{kGateway, "tls_public_port", kInteger, "0", 0, 65'535, "the TLS port as browsers see it, where something maps it; 0 for tls_port itself"},
  Setting{kGateway, "hsts_max_age_s", kInteger, "31536000", 0, 63'072'000, "how long browsers are told to use TLS only (Strict-Transport-Security); 0 to say nothing"},
  Setting{kGateway, "backends", kText, "127.0.0.1:50051", 0, 0, "backends, host:port, separated by commas"},
  Setting{kGateway, "backend_tls_authority_file", kText, "", 0, 0, "PEM file of the authority of the backends' certificates; with it they are spoken to over TLS, and must have one for their host in `backends`"},
  Setting{kGateway, "backend_tls_certificate_file", kText, "", 0, 0, "PEM file of a certificate to show to backends that ask for one (mTLS)"},
  Setting{kGateway, "backend_tls_key_file", kText, "", 0, 0, "PEM file of that certificate's private key, without a passphrase"},
  Setting{kGateway, "site_dir", kText, "", 0, 0, "folder with the built site; empty for none. Served while releases_dir has no release"},
  Setting{kGateway, "releases_dir", kText, "", 0, 0, "folder of releases, which chat-publish keeps; a new one is served at once. Empty for none"},
  Setting{kGateway, "releases_kept", kInteger, "5", 1, 100, "releases beside the current one whose assets are served, for pages that are still open; the same as chat-publish's"},
  Setting{kGateway, "releases_poll_ms", kInteger, "5000", 50, 600'000, "how often the releases are looked at though no change was told"},
  Setting{kGateway, "allowed_origins", kText, "", 0, 0, "further origins that may open a WebSocket, separated by commas; the page's own host always may"},
  Setting{kGateway, "hosts", kText, "", 0, 0, "names and addresses, without ports, by which browsers reach the site, separated by commas; a request for another one is refused with 421. Empty: localhost and loopback addresses where `address` is one (with TLS any), else any; * for any"},
  Setting{kGateway, "identity", kText, "open", 0, 0, "how people are known: open (whoever comes is somebody new, and stays the same by a signed cookie), token (by a token of your identity provider), or claimed (whoever connects is who they say: for tests only)"},
  Setting{kGateway, "session_key_file", kText, "", 0, 0, "the keys that sign sessions, made at the first start, the same file for all gateways; empty: sessions end with the gateway"},
  Setting{kGateway, "session_cookie", kText, "auto", 0, 0, "auto: for TLS alone where the gateway itself speaks it; secure: for TLS alone, because a proxy in front speaks it; then pages that came without TLS open no WebSocket either"},
  Setting{kGateway, "session_days_max", kInteger, "180", 1, 400, "how long a session lasts that is not used"},
  Setting{kGateway, "token_keys_file", kText, "", 0, 0, "with identity=token: the provider's keys, a JSON Web Key Set, public keys in PEM, or one line with a secret; read again when it changes"},
  Setting{kGateway, "token_audience", kText, "", 0, 0, "with identity=token: what a token's aud must name"},
  Setting{kGateway, "token_issuer", kText, "", 0, 0, "with identity=token: what a token's iss must be; empty: anything, which is for keys of one provider only: two that know the same sub would speak for one person"},
  Setting{kGateway, "token_name_claim", kText, "name", 0, 0, "with identity=token: the claim with the shown name; without it people choose one"},
  Setting{kGateway, "token_rooms_claim", kText, "rooms", 0, 0, "with identity=token: the claim with the list of rooms that are allowed, a * at the end of a name for any; without it all are"},
  Setting{kGateway, "trusted_proxies", kText, "", 0, 0, "addresses and ranges, as 10.0.0.0/8, separated by commas, of proxies whose word about a client's address is taken; empty for none"},
  Setting{kGateway, "forwarded_header", kText, "X-Forwarded-For", 0, 0, "the header that they write and that no client's gets through: X-Forwarded-For or Forwarded"},
  Setting{kGateway, "proxy_protocol", kText, "off", 0, 0, "on: every connection from trusted_proxies begins with a PROXY header, version 1 or 2; off: none does"},
  Setting{kGateway, "io_threads", kInteger, "0", 0, 256, "I/O threads, 0 for one a core"},
  Setting{kGateway, "connections_max", kInteger, "15000", 1, 10'000'000, "WebSockets at a time"},
  Setting{kGateway, "connections_per_address_max", kInteger, "2000", 1, 10'000'000, "WebSockets of one client address at a time"},
  Setting{kGateway, "connections_per_network_max", kInteger, "8000", 1, 10'000'000, "WebSockets of one IPv6 /48 at a time"},
  Setting{kGateway, "http_connections_max", kInteger, "4096", 1, 1'000'000, "connections at a time that are no WebSocket (yet)"},
  Setting{kGateway, "http_connections_per_address_max", kInteger, "1024", 1, 1'000'000, "those of one client address; more are closed at once"},
  Setting{kGateway, "http_connections_per_network_max", kInteger, "2048", 1, 1'000'000, "those of one IPv6 /48"},
  Setting{kGateway, "upgrades_per_second_max", kInteger, "1000", 1, 1'000'000, "WebSockets that are opened a second, on average, and connections_max at once; more are refused with 503"},
  Setting{kGateway, "upgrades_per_address_per_second_max", kInteger, "100", 1, 1'000'000, "the same of one client address, and connections_per_address_max at once; more are refused with 429"},
  Setting{kGateway, "requests_per_address_per_second_max", kInteger, "1000", 1, 1'000'000, "HTTP requests of one client address a second, upgrades included, on average over ten, and connections_per_address_max at once beside that; more are refused with 429"},
  Setting{kGateway, "requests_per_network_per_second_max", kInteger, "4000", 1, 1'000'000, "those of one IPv6 /48, and connections_per_network_max at once"},
  Setting{kGateway, "tls_handshakes_per_address_per_second_max", kInteger, "500", 1, 1'000'000, "TLS connections that one client address opens a second, on average over ten, and connections_per_address_max at once beside that; more are closed before the handshake"},
  Setting{kGateway, "tls_handshakes_per_network_per_second_max", kInteger, "2000", 1, 1'000'000, "those of one IPv6 /48, and connections_per_network_max at once"},
  Setting{kGateway, "rooms_max", kInteger, "50000", 1, 10'000'000, "rooms joined at a time; at most rooms_per_stream_max of the backends"},
  Setting{kGateway, "room_linger_ms", kInteger, "5000", 0, 600'000, "how long a room stays joined after its last socket"},
  Setting{kGateway, "rooms_per_connection_max", kInteger, "16", 1, 1'000, "rooms that one WebSocket subscribes to"},
  Setting{kGateway, "rooms_per_address_max", kInteger, "8000", 1, 10'000'000, "subscriptions of all WebSockets of one client address"},
  Setting{kGateway, "frame_bytes_max", kInteger, "131072", 1'024, 16'777'216, "a message from a client; more closes with 1009"},
  Setting{kGateway, "frames_per_second_max", kInteger, "500", 1, 10'000'000, "frames of one socket a second, control frames too, on average over ten; then reading pauses"},
  Setting{kGateway, "bytes_per_second_max", kInteger, "1048576", 1'024, 1'000'000'000, "bytes from one socket a second, on average over ten; then reading pauses"},
  Setting{kGateway, "send_queue_bytes_max", kInteger, "1048576", 65'536, 1'073'741'824, "bytes that may wait for one socket; then it is resynced"},
  Setting{kGateway, "commands_outstanding_max", kInteger, "32", 1, 10'000, "unanswered commands of one socket; then reading pauses"},
  Setting{kGateway, "commands_per_second_max", kInteger, "100", 1, 1'000'000, "commands of one socket a second, on average over ten; then reading pauses"},
  Setting{kGateway, "pages_outstanding_max", kInteger, "2", 1, 1'000, "pages that are read at a time for one socket, by get_messages and subscribe; further ones wait, and all while its queue is full"},
  Setting{kGateway, "page_bytes_per_second_max", kInteger, "2097152", 1'024, 1'000'000'000, "bytes of such pages for one socket a second, on average over ten; then the next one waits"},
  Setting{kGateway, "header_bytes_max", kInteger, "8192", 1'024, 65'536, "the head of an HTTP request; more is answered with 431"},
  Setting{kGateway, "handshake_timeout_ms", kInteger, "10000", 100, 600'000, "for a whole HTTP request to arrive, the handshake of TLS included; then 408"},
  Setting{kGateway, "keep_alive_timeout_ms", kInteger, "30000", 100, 600'000, "for the next HTTP request of a connection to begin"},
  Setting{kGateway, "response_timeout_ms", kInteger, "60000", 100, 600'000, "for an HTTP answer to be taken"},
  Setting{kGateway, "close_timeout_ms", kInteger, "3000", 100, 600'000, "for a WebSocket's peer to answer a close frame"},
  Setting{kGateway, "message_timeout_ms", kInteger, "30000", 100, 600'000, "for a whole message to arrive once it has begun; then the socket is closed with 1008"},
  Setting{kGateway, "ping_interval_ms", kInteger, "25000", 100, 600'000, "a socket that is silent so long is pinged; silent as long again, closed"},
  Setting{kGateway, "call_deadline_ms", kInteger, "8000", 100, 600'000, "for one call to a backend, retries included"},
  Setting{kGateway, "sends_waiting_max", kInteger, "10000", 1, 1'000'000, "messages without a backend's answer; more are refused with OVERLOADED"},
  Setting{kGateway, "calls_under_way_max", kInteger, "20000", 1, 1'000'000, "other calls without a backend's answer; more are refused with OVERLOADED"},
  Setting{kGateway, "tutorial_history_messages_max", kInteger, "200", 1, 500, "messages that get_messages brings without a subprotocol"},

  Setting{kPublish, "site_dir", kText, "", 0, 0, "folder with the built site"},
  Setting{kPublish, "releases_dir", kText, "", 0, 0, "folder of releases; gateways read it"},
  Setting{kPublish, "releases_kept", kInteger, "5", 1, 100, "releases that stay, beside the current one"},
  Setting{kPublish, "when_withdrawn", kText, "publish", 0, 0, "a release that a rollback has left, published again: publish switches to it; keep leaves the current one, for publishes that nobody asked for"},
  Setting{kPublish, "publish_settle_ms", kInteger, "300", 0, 60'000, "between the arrival of a release and the switch to it, for all gateways to have read it"},
};
// clang-format on

bool belongs(const Setting& setting, Program program) {
  const bool is_server = program != Program::kPublish;
  return setting.program == program || (setting.program == Program::kBoth && is_server);
}

const Setting* find_setting(Program program, std::string_view key) {
  const auto found = std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& setting) {
    return setting.key == key && belongs(setting, program);
  });
  return found == kSettings.end() ? nullptr : &*found;
}

absl::Status invalid(std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", message);
}

absl::Status check_value(const Setting& setting, std::string_view value) {
  if (setting.type == SettingType::kText) return absl::OkStatus();
  std::int64_t number = 0;
  if (absl::SimpleAtoi(to_absl(value), &number) && number >= setting.least && number <= setting.most)
    return absl::OkStatus();
  return invalid(absl::StrCat(to_absl(setting.key), " must be a whole number from ", setting.least, " to ",
                              setting.most, ", not \"", to_absl(value), "\""));
}

std::string environment_key(std::string_view key) {
  return absl::StrCat("PARLEY_", absl::AsciiStrToUpper(to_absl(key)));
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }

absl::StatusOr<Config> Config::load(Program program, std::span<const std::string> arguments,
                                    const Environment& environment) {
  Config config;
  for (const Setting& setting : kSettings) {
    if (!belongs(setting, program)) continue;
    const auto given = environment.find(environment_key(setting.key));
    config.values_[std::string(setting.key)] = given == environment.end() ? setting.fallback : given->second;
  }
  if (program == Program::kBackend && config.values_["database_url"].empty()) {
    if (const auto url = environment.find("DATABASE_URL"); url != environment.end()) {
      config.values_["database_url"] = url->second;
    }
  }
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    std::string_view argument = arguments[index];
    if (!argument.starts_with("--"))
      return invalid(absl::StrCat("unexpected argument \"", to_absl(argument), "\"; see --help"));
    argument.remove_prefix(2);
    const std::size_t equals = argument.find('=');
    const std::string_view key = argument.substr(0, equals);
    if (find_setting(program, key) == nullptr)
      return invalid(absl::StrCat("unknown option --", to_absl(key), "; see --help"));
    if (equals != std::string_view::npos) {
      config.values_[std::string(key)] = argument.substr(equals + 1);
    } else if (index + 1 < arguments.size()) {
      config.values_[std::string(key)] = arguments[++index];
    } else {
      return invalid(absl::StrCat("--", to_absl(key), " needs a value"));
    }
  }
  for (const auto& [key, value] : config.values_) {
    if (absl::Status checked = check_value(*find_setting(program, key), value); !checked.ok()) return checked;
  }
  return config;
}

const std::string& Config::value(std::string_view key, SettingType type) const {
  const auto setting = std::find_if(kSettings.begin(), kSettings.end(),
                                    [&](const Setting& row) { return row.key == key && row.type == type; });
  const auto found = values_.find(key);
  if (setting == kSettings.end() || found == values_.end()) std::abort();
  return found->second;
}

std::int64_t Config::integer(std::string_view key) const {
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(value(key, SettingType::kInteger), &number)) std::abort();
  return number;
}

std::chrono::milliseconds Config::milliseconds(std::string_view key) const {
  return std::chrono::milliseconds(integer(key));
}

const std::string& Config::text(std::string_view key) const { return value(key, SettingType::kText); }

std::vector<std::string> Config::list(std::string_view key) const {
  std::vector<std::string> parts = absl::StrSplit(text(key), ',', absl::SkipWhitespace());
  return parts;
}

std::string settings_help(Program program) {
  std::string help = "Options (--key=value, or the environment PARLEY_KEY):\n";
  for (const Setting& setting : kSettings) {
    if (!belongs(setting, program)) continue;
    absl::StrAppendFormat(&help, "  --%-30s %s", to_absl(setting.key), to_absl(setting.meaning));
    if (setting.type == SettingType::kInteger) absl::StrAppend(&help, " (", setting.least, " to ", setting.most, ")");
    if (!setting.fallback.empty()) absl::StrAppend(&help, " [", to_absl(setting.fallback), "]");
    help.push_back('\n');
  }
  return help;
}

Config::Environment process_environment() {
  Config::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view pair(*entry);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) environment.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return environment;
}

}  // namespace parley
