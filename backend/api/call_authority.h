// Who may call what: the one place where calls of the gRPC API are let in.
#pragma once

#include <grpcpp/server_context.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/chat/api_token_book.h"
#include "common/hashing.h"

namespace parley::backend {

// What a call needs.
struct Access {
  enum class Kind { kToken, kGateway };

  static Access read() { return {Kind::kToken, ApiScope::kRead, {}}; }
  static Access send_as(std::string_view author_id) { return {Kind::kToken, ApiScope::kSend, author_id}; }
  static Access admin() { return {Kind::kToken, ApiScope::kAdmin, {}}; }
  // GatewayService: no token will do.
  static Access gateway() { return {Kind::kGateway, ApiScope::kAdmin, {}}; }

  Kind kind;
  ApiScope scope;              // with kToken
  std::string_view author_id;  // with kSend: who speaks
};

// Who calls.
struct CallCaller {
  std::optional<std::int64_t> token_id;  // absent for a gateway and for whoever needs no token
  bool is_admin = false;                 // by the token's scope
};

// What calls bring: `authorization: Bearer TOKEN`, or `authorization: Gateway SECRET`.
inline constexpr const char* kAuthorizationKey = "authorization";
inline constexpr std::string_view kBearerScheme = "Bearer ";
inline constexpr std::string_view kGatewayScheme = "Gateway ";

// Thread-safe; blocks on nothing, asks no database.
class CallAuthority {
 public:
  struct Options {
    bool requires_tokens = false;  // of ChatService; what is brought is checked in any case
    // SHA-256 of the secrets: one is in use, others are on their way in or out. Empty: gateways bring none.
    std::vector<Sha256Digest> gateway_credentials;
  };

  // `tokens` outlives the authority.
  CallAuthority(Options options, const ApiTokenBook& tokens) : options_(std::move(options)), tokens_(tokens) {}

  // UNAUTHENTICATED (TOKEN_REQUIRED, TOKEN_INVALID, GATEWAY_CREDENTIAL_INVALID), PERMISSION_DENIED (SCOPE_MISSING,
  // AUTHOR_NOT_ALLOWED, GATEWAY_ONLY), UNAVAILABLE (DATABASE_UNAVAILABLE).
  absl::StatusOr<CallCaller> admit(const grpc::CallbackServerContext& context, const Access& access) const;
  // `authorizations`: the values of that key in the call's metadata.
  absl::StatusOr<CallCaller> admit(std::span<const std::string_view> authorizations, const Access& access) const;
  // Whether a stream of such a caller may go on: OK, or UNAUTHENTICATED (TOKEN_INVALID), UNAVAILABLE
  // (DATABASE_UNAVAILABLE).
  absl::Status check_again(const CallCaller& caller) const;

 private:
  absl::StatusOr<CallCaller> admit_token(std::string_view token, const Access& access) const;
  absl::StatusOr<CallCaller> admit_gateway(std::string_view secret) const;
  absl::StatusOr<CallCaller> admit_stranger(const Access& access) const;

  const Options options_;
  const ApiTokenBook& tokens_;
};

}  // namespace parley::backend
