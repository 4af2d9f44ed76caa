// Who may call this backend, as its configuration says.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "backend/api/call_authority.h"
#include "common/settings.h"

namespace parley::backend {

// Reads the gateways' credential file, if there is one. INVALID_ARGUMENT (CONFIGURATION_INVALID), in words for an
// operator; also where calls would need tokens and the gateways, which have none, no credential.
absl::StatusOr<CallAuthority::Options> make_authority_options(const Config& config);

// Whether only this machine can reach what listens on `address`.
bool is_loopback(std::string_view address);

}  // namespace parley::backend
