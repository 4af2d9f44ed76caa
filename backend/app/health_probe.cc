#include "backend/app/health_probe.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include "common/errors.h"
#include "common/grpc_status.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace parley::backend {

absl::Status probe_health(const std::string& target, std::chrono::milliseconds limit, const GrpcTlsFiles& files) {
  namespace health = grpc::health::v1;
  const auto stub = health::Health::NewStub(grpc::CreateChannel(target, make_self_credentials(files)));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + limit);
  health::HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, health::HealthCheckRequest(), &response);
  if (!status.ok()) return from_grpc_status(status);
  if (response.status() == health::HealthCheckResponse::SERVING) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnavailable, "NOT_SERVING", "the backend answers that it does not serve yet");
}

}  // namespace parley::backend
