// The way of knowing clients that the configuration chooses.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/logger.h"
#include "common/random.h"
#include "gateway/app/gateway_settings.h"
#include "gateway/identity/identity.h"

namespace parley::gateway {

// FAILED_PRECONDITION or INVALID_ARGUMENT, in words for an operator. `random`, `clock` and `logger` outlive the result.
// Blocks: it reads keys, or makes them.
absl::StatusOr<std::unique_ptr<Identity>> make_identity(const IdentitySettings& settings, RandomSource& random,
                                                        const Clock& clock, const Logger& logger);

}  // namespace parley::gateway
