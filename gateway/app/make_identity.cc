#include "gateway/app/make_identity.h"

#include <utility>

#include "gateway/identity/open_identity.h"
#include "gateway/identity/token_identity.h"

namespace parley::gateway {
namespace {

absl::StatusOr<std::unique_ptr<Identity>> make_open_identity(const IdentitySettings& settings, RandomSource& random,
                                                             const Clock& clock, const Logger& logger) {
  absl::StatusOr<std::unique_ptr<SessionKeys>> keys =
      SessionKeys::open(settings.session_key_file, random, clock, logger);
  if (!keys.ok()) return keys.status();
  if (settings.session_key_file.empty()) {
    logger.warning(
        "sessions_end_with_the_gateway",
        {{"advice", "set session_key_file, the same file for all gateways, so that people stay themselves"}});
  }
  return std::make_unique<OpenIdentity>(*std::move(keys), settings.session_lifetime, settings.session_cookie, random,
                                        clock);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Identity>> make_identity(const IdentitySettings& settings, RandomSource& random,
                                                        const Clock& clock, const Logger& logger) {
  switch (settings.kind) {
    case IdentityKind::kOpen: return make_open_identity(settings, random, clock, logger);
    case IdentityKind::kToken: return TokenIdentity::open(settings.token, clock, logger);
    case IdentityKind::kClaimed: break;
  }
  logger.warning("identity_is_claimed",
                 {{"danger",
                   "whoever reaches this port can speak as anybody: for tests, or behind a proxy that sets "
                   "author_id itself"}});
  return std::make_unique<ClaimedIdentity>();
}

}  // namespace parley::gateway
