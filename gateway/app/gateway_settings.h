// The rows of the configuration table as the structures that the parts take.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/grpc_tls.h"
#include "common/logger.h"
#include "common/settings.h"
#include "gateway/hub/hub.h"
#include "gateway/identity/open_identity.h"
#include "gateway/identity/token_identity.h"
#include "gateway/routes/environment.h"
#include "gateway/site/release_watcher.h"
#include "gateway/web/admission.h"
#include "gateway/web/web_environment.h"

namespace parley::gateway {

enum class IdentityKind {
  kOpen,     // see OpenIdentity
  kToken,    // see TokenIdentity
  kClaimed,  // see ClaimedIdentity
};

struct IdentitySettings {
  IdentityKind kind = IdentityKind::kOpen;
  std::string session_key_file;  // see SessionKeys
  SessionCookie session_cookie = SessionCookie::kAsTransport;
  std::chrono::seconds session_lifetime;
  TokenRules token;
};

struct TlsSettings {
  std::string certificate_file;  // empty: no TLS
  std::string key_file;
  std::uint16_t port;
  std::string port_file;
  std::uint16_t public_port;  // 0: the port itself
  std::chrono::milliseconds reload_interval;
  std::chrono::seconds hsts_max_age;
};

struct GatewaySettings {
  std::string address;
  std::uint16_t port;
  std::string port_file;
  std::vector<std::string> backends;
  std::string gateway_credential;  // see BackendPool
  GrpcTlsFiles backend_tls;
  std::string site_dir;
  ReleaseWatcher::Settings releases;  // without a folder: none
  IdentitySettings identity;
  std::vector<std::string> allowed_origins;
  SiteNames names;
  std::size_t io_threads;
  std::chrono::milliseconds drain;
  std::chrono::milliseconds call_deadline;
  std::size_t sends_waiting_max;
  std::size_t calls_under_way_max;
  LogLevel log_level;
  std::chrono::milliseconds slow_request{1'000};
  std::string admin_address;
  int admin_port = -1;  // none
  Admission::Limits admission;
  std::size_t rooms_per_address_max;  // see RoomShares
  Hub::Limits hub;
  ConnectionLimits connections;
  WebLimits web;
  TrustedProxies proxies;
  TlsSettings tls;
};

// INVALID_ARGUMENT (CONFIGURATION_INVALID) for values that are right one by one but make no sense.
absl::StatusOr<GatewaySettings> read_settings(const Config& config);

// Often enough for every timeout of `limits`.
std::chrono::milliseconds sweep_interval(const WebLimits& limits);

}  // namespace parley::gateway
