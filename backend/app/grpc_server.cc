#include "backend/app/grpc_server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

constexpr int kReceiveBytesMax = 256 * 1024;
// Clients ping every 10 s, also while they have no call; half of that leaves room for jitter.
constexpr int kClientPingIntervalLeastMs = 5'000;
constexpr int kPingIntervalMs = 20'000;
constexpr int kPingTimeoutMs = 10'000;
constexpr int kCallsPerConnectionMax = 10'000;
constexpr const char* kReadinessNames[] = {"", "chat.v1.ChatService"};
constexpr const char* kLivenessName = "liveness";

std::string with_port(const std::string& address, int port) {
  const bool is_bare_ipv6 = address.find(':') != std::string::npos && address.front() != '[';
  return is_bare_ipv6 ? absl::StrCat("[", address, "]:", port) : absl::StrCat(address, ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::start(
    const std::string& address, int port, std::span<grpc::Service* const> services,
    const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int bound_port = 0;
  builder.AddListeningPort(with_port(address, port), credentials, &bound_port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  builder.SetMaxReceiveMessageSize(kReceiveBytesMax);
  // Two backends on one port would share it silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kClientPingIntervalLeastMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || bound_port == 0) {
    return make_error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                      absl::StrCat("cannot listen on ", with_port(address, port),
                                   ": is the port in use, or the address not this machine's?"));
  }
  std::unique_ptr<GrpcServer> started(new GrpcServer(std::move(server), bound_port));
  started->set_serving(false);
  started->server_->GetHealthCheckService()->SetServingStatus(kLivenessName, true);
  return started;
}

GrpcServer::~GrpcServer() { shut_down(std::chrono::milliseconds(0)); }

void GrpcServer::set_serving(bool is_serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  for (const char* name : kReadinessNames) health->SetServingStatus(name, is_serving);
}

void GrpcServer::shut_down(std::chrono::milliseconds limit) {
  if (std::exchange(is_shut_down_, true)) return;
  server_->Shutdown(std::chrono::system_clock::now() + limit);
  server_->Wait();
}

}  // namespace parley::backend
