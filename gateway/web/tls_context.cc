#include "gateway/web/tls_context.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace parley::gateway {
namespace {

// RFC 9325, section 4.2. Those of TLS 1.3 are OpenSSL's default, and all of this kind.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr unsigned kProtocolLength = 8;
constexpr const unsigned char kProtocols[] = "\x08http/1.1";

absl::Status refused() {
  std::array<char, 256> words{};
  ERR_error_string_n(ERR_peek_last_error(), words.data(), words.size());
  ERR_clear_error();
  return make_error(absl::StatusCode::kFailedPrecondition, "CERTIFICATE_INVALID",
                    absl::StrCat("OpenSSL refuses the certificate: ", words.data()));
}

// A client that offers protocols, but not ours, is told so instead of being answered in one that it does not expect.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, length, kProtocols, kProtocolLength + 1, offered, offered_length);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool set_rules(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection gives its record buffers back, 34 KB. A write that the socket did not take is offered again from
  // wherever the queue has gathered it then.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1 && SSL_CTX_set1_groups_list(context, kGroups) == 1;
}

bool use_pair(SSL_CTX* context, const PemPair& pair) {
  std::vector<X509Ptr> certificates = parse_certificates(pair.certificates);
  const KeyPtr key = parse_private_key(pair.key);
  if (certificates.empty() || key == nullptr) return false;
  if (SSL_CTX_use_certificate(context, certificates.front().get()) != 1) return false;
  for (std::size_t index = 1; index < certificates.size(); ++index) {
    if (SSL_CTX_add1_chain_cert(context, certificates[index].get()) != 1) return false;
  }
  return SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::make(const PemPair& pair) {
  ERR_clear_error();
  Native context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr || !set_rules(context.get()) || !use_pair(context.get(), pair)) return refused();
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context)));
}

bool TlsContext::covers(const std::string& host) const {
  X509* const certificate = SSL_CTX_get0_certificate(context_.get());
  const bool is_covered =
      X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1 ||
      X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
  ERR_clear_error();
  return is_covered;
}

std::chrono::system_clock::time_point TlsContext::expires() const {
  std::tm time{};
  ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context_.get())), &time);
  return std::chrono::system_clock::from_time_t(timegm(&time));
}

}  // namespace parley::gateway
