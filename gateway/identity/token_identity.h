// Identity by the tokens of the operator's own identity provider.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/logger.h"
#include "gateway/identity/file_stamp.h"
#include "gateway/identity/identity.h"
#include "gateway/identity/verification_keys.h"

namespace parley::gateway {

struct TokenRules {
  std::string keys_file;            // see parse_verification_keys()
  std::string audience;             // a token must be for it
  std::string issuer;               // a token must be of it; empty: of anybody who has a key
  std::string name_claim = "name";  // with the shown name
  std::string rooms_claim =
      "rooms";  // with the names of the rooms that are allowed, `*` at an end for any; absent: all
};

// Of clocks that do not agree.
inline constexpr std::int64_t kTokenLeewayS = 30;

// The token of an upgrade request: what follows `Bearer ` in Authorization, or, from a browser, which cannot set that
// header, an element `bearer.TOKEN` among the subprotocols. Empty without. Views into the arguments.
std::string_view find_token(std::string_view authorization, std::string_view subprotocols);
inline constexpr std::string_view kTokenSubprotocol = "bearer.";

// The author_id of a subject: itself where it can be one, else its SHA-256 in base64url.
std::string author_id_of_subject(std::string_view issuer, std::string_view subject);

class TokenIdentity final : public Identity {
 public:
  // Reads the keys. INVALID_ARGUMENT (CONFIGURATION_INVALID). Blocks. `clock` and `logger` outlive the result.
  static absl::StatusOr<std::unique_ptr<TokenIdentity>> open(TokenRules rules, const Clock& clock,
                                                             const Logger& logger);

  // UNAUTHENTICATED (TOKEN_REQUIRED, TOKEN_INVALID, TOKEN_EXPIRED).
  absl::StatusOr<Visitor> identify(const Credentials& credentials) const override;
  // Keys that cannot be read change nothing. Whom a key has let in that is there no longer has to come again, see
  // Visitor.withdrawn.
  void reload_if_changed() override;

 private:
  using Keys = std::vector<VerificationKey>;

  TokenIdentity(TokenRules rules, FileStamp stamp, Keys keys, const Clock& clock, const Logger& logger);
  std::shared_ptr<const Keys> keys() const;

  const TokenRules rules_;
  const Clock& clock_;
  const Logger& logger_;
  FileStamp stamp_;  // used by reload_if_changed() only
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;  // under mutex_
};

}  // namespace parley::gateway
