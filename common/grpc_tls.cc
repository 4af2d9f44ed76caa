#include "common/grpc_tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "common/pem_pair.h"

namespace parley {
namespace {

namespace tls = grpc::experimental;

std::shared_ptr<tls::CertificateProviderInterface> watch(const GrpcTlsFiles& files) {
  return std::make_shared<tls::FileWatcherCertificateProvider>(files.key, files.certificate, files.authority,
                                                               static_cast<unsigned>(files.reload_interval.count()));
}

}  // namespace

absl::Status check_grpc_tls_files(const GrpcTlsFiles& files) {
  if (!files.certificate.empty()) {
    if (const auto pair = read_pem_pair(files.certificate, files.key); !pair.ok()) return pair.status();
  }
  if (!files.authority.empty()) {
    if (const auto authority = read_pem_certificates(files.authority); !authority.ok()) return authority.status();
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ServerCredentials> make_server_credentials(const GrpcTlsFiles& files) {
  if (files.certificate.empty()) return grpc::InsecureServerCredentials();
  tls::TlsServerCredentialsOptions options(watch(files));
  options.watch_identity_key_cert_pairs();
  if (!files.authority.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> make_channel_credentials(const GrpcTlsFiles& files) {
  if (files.authority.empty()) return grpc::InsecureChannelCredentials();
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(watch(files));
  options.watch_root_certs();
  if (!files.certificate.empty()) options.watch_identity_key_cert_pairs();
  return tls::TlsCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> make_self_credentials(const GrpcTlsFiles& files) {
  if (files.certificate.empty()) return grpc::InsecureChannelCredentials();
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(watch(files));
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  return tls::TlsCredentials(options);
}

}  // namespace parley
