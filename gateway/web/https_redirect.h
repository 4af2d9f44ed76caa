// What the listener without TLS answers where there is one with TLS.
#pragma once

#include <chrono>

#include "gateway/web/https_site.h"
#include "gateway/web/responses.h"

namespace parley::gateway {

// 308 to the same path and query over https. Only to a host that the certificate is for, else 421: what a client names
// as Host is no reason to send anybody there.
HttpResponse make_https_redirect(const HttpRequest& request, const HttpsSite& https);

// Strict-Transport-Security (RFC 6797), unless `max_age` is zero. For answers over TLS only (section 7.2).
void set_transport_security(HttpResponse& response, std::chrono::seconds max_age);

}  // namespace parley::gateway
