#include "common/grpc_status.h"

#include <string>

#include "common/errors.h"
#include "google/rpc/error_details.pb.h"

namespace parley {

grpc::Status to_grpc_status(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(error_reason(status)));
  info.set_domain(std::string(kErrorDomain));
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  details.add_details()->PackFrom(info);
  return {static_cast<grpc::StatusCode>(status.code()), details.message(), details.SerializeAsString()};
}

absl::Status from_grpc_status(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  const bool has_info = details.ParseFromString(status.error_details()) && details.details_size() > 0 &&
                        details.details(0).UnpackTo(&info) && !info.reason().empty();
  if (!has_info) return {code, status.error_message()};
  return make_error(code, info.reason(), status.error_message());
}

}  // namespace parley
