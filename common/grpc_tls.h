// gRPC over TLS: the credentials of its two sides, from files that are read again when they change.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"

namespace parley {

// PEM files of one side. What is empty is not there.
struct GrpcTlsFiles {
  std::string certificate;  // with those that lead to its authority
  std::string key;
  std::string authority;  // of the other side's certificate
  std::chrono::seconds reload_interval{5};
};

// FAILED_PRECONDITION (CERTIFICATE_INVALID), in words for an operator, for files that are of no use: to be asked once,
// at the start. Blocks the caller.
absl::Status check_grpc_tls_files(const GrpcTlsFiles& files);

// Changed files count for connections that begin afterwards; open ones go on. (gRPC 1.51 judges nothing that it reads:
// as long as files are broken or do not fit together, it refuses new connections, and writes an error to its log.)
//
// A server without a certificate speaks no TLS. With an authority it demands a certificate of it from its clients.
std::shared_ptr<grpc::ServerCredentials> make_server_credentials(const GrpcTlsFiles& files);
// A client without an authority speaks no TLS. With a certificate it shows it to servers that ask. The server's
// certificate must be for the host of the channel's target.
std::shared_ptr<grpc::ChannelCredentials> make_channel_credentials(const GrpcTlsFiles& files);
// For a server to ask itself, over loopback: `files` are the server's own. Nothing is verified.
std::shared_ptr<grpc::ChannelCredentials> make_self_credentials(const GrpcTlsFiles& files);

}  // namespace parley
