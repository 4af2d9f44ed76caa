#include "gateway/identity/token_identity.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "common/base64url.h"
#include "common/errors.h"
#include "common/hashing.h"
#include "common/text_rules.h"

namespace parley::gateway {
namespace {

constexpr std::string_view kScheme = "Bearer ";
constexpr std::size_t kKeysFileBytesMax = 256UL * 1024;
// As long as a hash in base64url, so that no subject can be another's hash.
constexpr std::size_t kHashedSubjectBytes = 43;

absl::Status unauthenticated(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::StatusOr<std::vector<VerificationKey>> read_keys(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  absl::StatusOr<std::vector<VerificationKey>> keys =
      file && text.str().size() <= kKeysFileBytesMax
          ? parse_verification_keys(text.str())
          : make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", "cannot be read, or is too long");
  if (keys.ok()) return keys;
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                    absl::StrCat("token_keys_file ", path, " ", std::string(keys.status().message())));
}

}  // namespace

std::string_view find_token(std::string_view authorization, std::string_view subprotocols) {
  if (absl::StartsWithIgnoreCase(to_absl(authorization), to_absl(kScheme))) {
    return to_std(absl::StripAsciiWhitespace(to_absl(authorization.substr(kScheme.size()))));
  }
  for (const absl::string_view element : absl::StrSplit(to_absl(subprotocols), ',')) {
    const std::string_view name = to_std(absl::StripAsciiWhitespace(element));
    if (name.starts_with(kTokenSubprotocol)) return name.substr(kTokenSubprotocol.size());
  }
  return {};
}

std::string author_id_of_subject(std::string_view issuer, std::string_view subject) {
  const bool is_one = check_identifier(subject) == TextProblem::kNone && subject.size() != kHashedSubjectBytes;
  if (is_one) return std::string(subject);
  return encode_base64url(bytes_of(sha256(absl::StrCat(to_absl(issuer), "\n", to_absl(subject)))));
}

TokenIdentity::TokenIdentity(TokenRules rules, FileStamp stamp, Keys keys, const Clock& clock, const Logger& logger)
    : rules_(std::move(rules)),
      clock_(clock),
      logger_(logger),
      stamp_(stamp),
      keys_(std::make_shared<const Keys>(std::move(keys))) {}

absl::StatusOr<std::unique_ptr<TokenIdentity>> TokenIdentity::open(TokenRules rules, const Clock& clock,
                                                                   const Logger& logger) {
  // Before it is read: a change meanwhile is then found later.
  const FileStamp stamp = FileStamp::of(rules.keys_file);
  absl::StatusOr<Keys> keys = read_keys(rules.keys_file);
  if (!keys.ok()) return keys.status();
  return std::unique_ptr<TokenIdentity>(new TokenIdentity(std::move(rules), stamp, *std::move(keys), clock, logger));
}

std::shared_ptr<const TokenIdentity::Keys> TokenIdentity::keys() const {
  const std::scoped_lock lock(mutex_);
  return keys_;
}

absl::StatusOr<Visitor> TokenIdentity::identify(const Credentials& credentials) const {
  const std::string_view token = find_token(credentials.authorization, credentials.subprotocols);
  if (token.empty()) return unauthenticated("TOKEN_REQUIRED", "bring a token of the identity provider");
  const std::optional<ParsedJwt> parsed = parse_jwt(token);
  const std::shared_ptr<const Keys> keys = this->keys();
  const VerificationKey* const signer = parsed ? find_signer(*keys, *parsed) : nullptr;
  if (signer == nullptr) {
    return unauthenticated("TOKEN_INVALID", "the token is not one of the identity provider's");
  }
  std::optional<JwtClaims> claims = parse_jwt_claims(parsed->claims, rules_.name_claim, rules_.rooms_claim);
  const bool is_for_us =
      claims &&
      std::find(claims->audience.begin(), claims->audience.end(), rules_.audience) != claims->audience.end() &&
      (rules_.issuer.empty() || claims->issuer == rules_.issuer);
  if (!is_for_us) return unauthenticated("TOKEN_INVALID", "the token lacks a claim, or is for somebody else");
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.system_now().time_since_epoch()).count();
  if (claims->not_before && *claims->not_before > now + kTokenLeewayS) {
    return unauthenticated("TOKEN_INVALID", "the token is not valid yet");
  }
  if (now - kTokenLeewayS >= claims->expire_time) return unauthenticated("TOKEN_EXPIRED", "the token has expired");
  Visitor visitor;
  visitor.author_id = author_id_of_subject(claims->issuer, claims->subject);
  visitor.is_name_fixed = claims->name.has_value();
  visitor.name = claims->name ? *claims->name : credentials.wanted_name;
  // A name that cannot be shown does not keep anybody out.
  if (check_author_name(visitor.name) != TextProblem::kNone) visitor.name.clear();
  visitor.rooms = std::move(claims->rooms);
  // Far enough away is never: a clock counts no further.
  constexpr std::int64_t kFarthestS = 100'000'000;
  const std::int64_t expires_in = std::min(claims->expire_time, now + kFarthestS) + kTokenLeewayS - now;
  visitor.expire_time = clock_.system_now() + std::chrono::seconds(expires_in);
  visitor.withdrawn = signer->withdrawn();
  return visitor;
}

void TokenIdentity::reload_if_changed() {
  const FileStamp stamp = FileStamp::of(rules_.keys_file);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  absl::StatusOr<Keys> keys = read_keys(rules_.keys_file);
  if (!keys.ok()) {
    logger_.error("token_keys_not_reloaded", {{"reason", std::string(keys.status().message())}});
    return;
  }
  const std::size_t count = keys->size();
  const std::size_t withdrawn = withdraw_replaced(*this->keys(), *keys);
  {
    const std::scoped_lock lock(mutex_);
    keys_ = std::make_shared<const Keys>(*std::move(keys));
  }
  logger_.info("token_keys_reloaded", {{"keys", count}, {"withdrawn", withdrawn}});
}

}  // namespace parley::gateway
