// What the HTTP and WebSocket sessions of one I/O thread share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gateway/identity/identity.h"
#include "gateway/routes/chat_connection.h"
#include "gateway/site/current_site.h"
#include "gateway/web/admission.h"
#include "gateway/web/https_site.h"
#include "gateway/web/io_thread.h"
#include "gateway/web/site_names.h"
#include "gateway/web/spare_connections.h"
#include "gateway/web/trusted_proxies.h"
#include "gateway/web/web_limits.h"

namespace parley::gateway {

// Everything in it outlives the sessions.
struct WebEnvironment {
  WebLimits limits;
  std::vector<std::string> allowed_origins;
  const std::unique_ptr<Identity>& identity;  // there before the first socket is
  const CurrentSite& site;
  Admission& admission;
  std::function<absl::Status()> readiness;  // thread-safe
  IoThread& io_thread;
  ConnectionEnvironment& connections;
  // How often the lease was made anew: a $connect that began before may have been forgotten with the old lease.
  std::uint64_t leases = 0;
  HttpsSite https{};
  TrustedProxies proxies{};
  SpareConnections spares{};
  SiteNames names{};
};

}  // namespace parley::gateway
