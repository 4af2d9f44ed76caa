#include "backend/app/access_settings.h"

#include <string>
#include <vector>

#include "common/errors.h"
#include "common/secret_file.h"

namespace parley::backend {
namespace {

absl::Status invalid(std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", message);
}

}  // namespace

absl::StatusOr<CallAuthority::Options> make_authority_options(const Config& config) {
  CallAuthority::Options options;
  const std::string& tokens = config.text("api_tokens");
  if (tokens != "auto" && tokens != "off" && tokens != "required") {
    return invalid("api_tokens must be auto, off or required");
  }
  options.requires_tokens = tokens == "required" || (tokens == "auto" && !is_loopback(config.text("grpc_address")));
  if (const std::string& path = config.text("gateway_credential_file"); !path.empty()) {
    const absl::StatusOr<std::vector<std::string>> secrets = read_secret_file(path);
    if (!secrets.ok()) return secrets.status();
    for (const std::string& secret : *secrets) options.gateway_credentials.push_back(sha256(secret));
  }
  if (options.requires_tokens && options.gateway_credentials.empty()) {
    return invalid(
        "this backend can be reached from other machines, so that its calls need tokens, and its gateways a "
        "credential: make one (chat-backend make-gateway-credential --gateway_credential_file=FILE) and give FILE as "
        "gateway_credential_file to backends and "
        "gateways; or set api_tokens=off where the network lets nobody else in");
  }
  return options;
}

bool is_loopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address == "[::1]" || address.starts_with("127.");
}

}  // namespace parley::backend
