#include "backend/app/health_probe.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <string_view>
#include <vector>

#include "common/errors.h"
#include "common/grpc_status.h"

namespace parley::backend {
namespace {

// The encoded HealthCheckResponse {status: SERVING}: field 1, varint 1. Debian packages no generated health messages.
constexpr std::string_view kServing("\x08\x01", 2);

std::string to_string(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

absl::Status probe_health(const std::string& target, std::chrono::milliseconds limit) {
  grpc::GenericStub stub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + limit);
  // An empty HealthCheckRequest asks for the server as a whole. The buffer needs a slice, even of no bytes.
  const grpc::Slice nothing("");
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, &queue);
  void* tag = nullptr;
  bool finished = false;
  queue.Next(&tag, &finished);
  if (!status.ok()) return from_grpc_status(status);
  if (to_string(response) == kServing) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnavailable, "NOT_SERVING", "the backend answers that it does not serve yet");
}

}  // namespace parley::backend
