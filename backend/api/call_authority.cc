#include "backend/api/call_authority.h"

#include <vector>

#include "absl/strings/match.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

// Longer than any that we make.
constexpr std::size_t kCredentialBytesMax = 512;

absl::Status unauthenticated(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::Status denied(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kPermissionDenied, reason, message);
}

// A scheme's name is in any case: RFC 9110, section 11.1.
bool consume_scheme(std::string_view& value, std::string_view scheme) {
  if (!absl::StartsWithIgnoreCase(to_absl(value), to_absl(scheme))) return false;
  value.remove_prefix(scheme.size());
  return true;
}

}  // namespace

absl::StatusOr<CallCaller> CallAuthority::admit(const grpc::CallbackServerContext& context,
                                                const Access& access) const {
  const auto [first, last] = context.client_metadata().equal_range(kAuthorizationKey);
  std::vector<std::string_view> values;
  for (auto entry = first; entry != last; ++entry) values.emplace_back(entry->second.data(), entry->second.size());
  return admit(values, access);
}

absl::StatusOr<CallCaller> CallAuthority::admit(std::span<const std::string_view> authorizations,
                                                const Access& access) const {
  if (authorizations.empty()) return admit_stranger(access);
  std::string_view value = authorizations.front();
  const bool is_well = authorizations.size() == 1 && value.size() <= kCredentialBytesMax;
  if (is_well && consume_scheme(value, kGatewayScheme)) return admit_gateway(value);
  if (is_well && consume_scheme(value, kBearerScheme)) return admit_token(value, access);
  return unauthenticated("TOKEN_INVALID", "bring one `authorization: Bearer TOKEN`");
}

absl::StatusOr<CallCaller> CallAuthority::admit_token(std::string_view token, const Access& access) const {
  if (access.kind == Access::Kind::kGateway) {
    return denied("GATEWAY_ONLY", "this service is for gateways: no token gives access to it");
  }
  const absl::StatusOr<ApiToken> known = tokens_.find(sha256(token));
  if (!known.ok()) return known.status();
  if (!known->scopes.allow(access.scope)) return denied("SCOPE_MISSING", "the token's scopes do not allow this call");
  const bool is_own = access.author_id == known->author_id || known->scopes.allow(ApiScope::kAdmin);
  if (access.scope == ApiScope::kSend && !is_own) {
    return denied("AUTHOR_NOT_ALLOWED", "the token speaks as another author_id");
  }
  return CallCaller{.token_id = known->token_id, .is_admin = known->scopes.allow(ApiScope::kAdmin)};
}

absl::StatusOr<CallCaller> CallAuthority::admit_gateway(std::string_view secret) const {
  // Digests, so that not even the length of the secret can be found out by measuring.
  const Sha256Digest brought = sha256(secret);
  bool is_known = false;
  for (const Sha256Digest& credential : options_.gateway_credentials) {
    is_known |= is_equal_secret(bytes_of(brought), bytes_of(credential));
  }
  if (is_known) return CallCaller{};
  return unauthenticated("GATEWAY_CREDENTIAL_INVALID", "this is not the credential of this backend's gateways");
}

absl::StatusOr<CallCaller> CallAuthority::admit_stranger(const Access& access) const {
  const bool is_gateway = access.kind == Access::Kind::kGateway;
  if (is_gateway && !options_.gateway_credentials.empty()) {
    return unauthenticated("GATEWAY_CREDENTIAL_INVALID", "gateways bring their credential here");
  }
  if (!is_gateway && options_.requires_tokens) {
    return unauthenticated("TOKEN_REQUIRED", "bring a token: `authorization: Bearer TOKEN`");
  }
  return CallCaller{};
}

absl::Status CallAuthority::check_again(const CallCaller& caller) const {
  return caller.token_id.has_value() ? tokens_.check(*caller.token_id) : absl::OkStatus();
}

}  // namespace parley::backend
