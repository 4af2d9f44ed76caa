// The site over TLS, as its listeners and its answers need to know it.
#pragma once

#include <chrono>
#include <cstdint>

#include "gateway/web/server_certificate.h"

namespace parley::gateway {

struct HttpsSite {
  const ServerCertificate* certificate = nullptr;  // null: there is no TLS; else it outlives the sessions
  std::uint16_t port = 443;                        // as clients see it
  std::chrono::seconds hsts_max_age{0};            // zero: not said

  bool is_on() const { return certificate != nullptr; }
};

}  // namespace parley::gateway
