// What a certificate becomes: the rules by which TLS is spoken with it.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/pem_pair.h"

namespace parley::gateway {

// TLS 1.2 (RFC 5246) and 1.3 (RFC 8446) as a server of http/1.1 (ALPN, RFC 7301): forward secret, authenticated
// encryption only, no compression, no renegotiation, no early data; sessions are resumed by tickets, so that none is
// stored here. Immutable, hence thread-safe. A connection made from it goes on when the context has gone.
class TlsContext {
 public:
  // FAILED_PRECONDITION (CERTIFICATE_INVALID) where OpenSSL refuses the pair, as it does a key that is too short.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> make(const PemPair& pair);

  SSL_CTX* native() const { return context_.get(); }
  // Whether the certificate is for `host`: a name (RFC 6125) or an IP address, without a port.
  bool covers(const std::string& host) const;
  std::chrono::system_clock::time_point expires() const;

 private:
  using Native = std::unique_ptr<SSL_CTX, OpensslDelete<SSL_CTX_free>>;
  explicit TlsContext(Native context) : context_(std::move(context)) {}

  const Native context_;
};

}  // namespace parley::gateway
