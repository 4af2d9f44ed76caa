// The table api_tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pqxx/transaction_base>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/chat/api_token.h"

namespace parley::backend {

// See ApiTokenSource. Throws what libpqxx throws.
std::vector<ApiToken> read_api_tokens(pqxx::transaction_base& transaction);

struct NewApiToken {
  Sha256Digest hash{};
  std::string label;                 // 1 to 100 code points
  std::vector<std::string> scopes;   // of read, send, admin; at least one
  std::string author_id;             // required with send
  std::optional<int> lifetime_days;  // at least 1; absent: until it is revoked
};

// For people: times as the database writes them, empty where there is none.
struct ApiTokenRow {
  std::int64_t token_id = 0;
  std::string label;
  std::string scopes;
  std::string author_id;
  std::string create_time;
  std::string expire_time;
  std::string revoke_time;
};

// For the operator's command; each opens a connection and blocks. UNAVAILABLE (DATABASE_UNAVAILABLE),
// RESOURCE_EXHAUSTED (TOO_MANY_TOKENS) for more than kApiTokensMax that are valid, NOT_FOUND (TOKEN_NOT_FOUND) for one
// that is not there or revoked already, FAILED_PRECONDITION (SCHEMA_MISSING) when no backend of this version has used
// the database yet, INVALID_ARGUMENT (TEXT_INVALID) for values that the table refuses.
absl::StatusOr<std::int64_t> create_api_token(const std::string& connection_string, const NewApiToken& token);
absl::StatusOr<std::vector<ApiTokenRow>> list_api_tokens(const std::string& connection_string);
absl::Status revoke_api_token(const std::string& connection_string, std::int64_t token_id);

}  // namespace parley::backend
