// By which names the site is reached, and by what means, as browsers see it.
#pragma once

#include <string>
#include <vector>

#include "gateway/web/host_header.h"

namespace parley::gateway {

struct SiteNames {
  HostPolicy policy = HostPolicy::kAny;
  std::vector<std::string> hosts;  // with kListed
  bool is_tls_in_front = false;    // what comes without TLS comes from a proxy that speaks it with the browsers
};

}  // namespace parley::gateway
