// The listening gRPC server: port, health, reflection, limits.
#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"

namespace parley::backend {

class GrpcServer {
 public:
  // Listens, with health NOT_SERVING. The services outlive the server. UNAVAILABLE (LISTEN_FAILED) when the port is
  // taken or the address is not one of this machine's.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> start(
      const std::string& address, int port, std::span<grpc::Service* const> services,
      const std::shared_ptr<grpc::ServerCredentials>& credentials = grpc::InsecureServerCredentials());
  ~GrpcServer();

  int port() const { return port_; }
  // Of the server as a whole ("") and of "chat.v1.ChatService": the database takes writes. Thread-safe. (Whether the
  // process answers at all is the health of "liveness", which is SERVING from start to end.)
  void set_serving(bool is_serving);
  // Cancels what still runs after `limit`; returns when all calls have ended. Idempotent.
  void shut_down(std::chrono::milliseconds limit);

 private:
  GrpcServer(std::unique_ptr<grpc::Server> server, int port) : server_(std::move(server)), port_(port) {}

  std::unique_ptr<grpc::Server> server_;
  const int port_;
  bool is_shut_down_ = false;
};

}  // namespace parley::backend
