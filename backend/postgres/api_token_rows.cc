#include "backend/postgres/api_token_rows.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include <pqxx/result>
#include <pqxx/transaction>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "backend/postgres/array_literal.h"
#include "backend/postgres/database_error.h"
#include "backend/postgres/session.h"
#include "backend/postgres/statements.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

constexpr const char* kUndefinedTable = "42P01";
// So that two of these don't both find the last place.
constexpr const char* kLockTable = "LOCK TABLE api_tokens IN SHARE ROW EXCLUSIVE MODE";
constexpr const char* kCountValid =
    "SELECT count(*) FROM api_tokens WHERE revoke_time IS NULL AND (expire_time IS NULL OR expire_time > now())";
constexpr const char* kCreate =
    "INSERT INTO api_tokens (token_hash, label, scopes, author_id, expire_time) "
    "VALUES (decode($1, 'hex'), $2, $3::text[], nullif($4, ''), now() + $5::int * interval '1 day') RETURNING token_id";
constexpr const char* kList =
    "SELECT token_id, label, array_to_string(scopes, ','), coalesce(author_id, ''), "
    "to_char(create_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), "
    "coalesce(to_char(expire_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), ''), "
    "coalesce(to_char(revoke_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), '') FROM api_tokens ORDER BY token_id";
constexpr const char* kRevoke =
    "UPDATE api_tokens SET revoke_time = now() WHERE token_id = $1 AND revoke_time IS NULL RETURNING 1";

ApiScopes parse_scopes(const std::string& names) {
  ApiScopes scopes;
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    if (name == "read") scopes.add(ApiScope::kRead);
    if (name == "send") scopes.add(ApiScope::kSend);
    if (name == "admin") scopes.add(ApiScope::kAdmin);
  }
  return scopes;
}

// One transaction over a connection of its own.
absl::Status transact(const std::string& connection_string,
                      const std::function<absl::Status(pqxx::transaction_base&)>& work) {
  absl::Status outcome;
  const Failure failure = catch_database_errors([&] {
    const std::unique_ptr<pqxx::connection> connection = open_connection(connection_string);
    pqxx::work transaction(*connection);
    outcome = work(transaction);
    if (outcome.ok()) transaction.commit();
  });
  if (failure.status.ok()) return outcome;
  if (failure.sqlstate == kUndefinedTable) {
    return make_error(absl::StatusCode::kFailedPrecondition, "SCHEMA_MISSING",
                      "the database has no table of tokens yet: start a backend of this version with it once");
  }
  if (failure.kind == FailureKind::kConnection) {
    return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", log_reason(failure));
  }
  return failure.status;
}

}  // namespace

std::vector<ApiToken> read_api_tokens(pqxx::transaction_base& transaction) {
  std::vector<ApiToken> tokens;
  for (const pqxx::row& row : transaction.exec_prepared(sql::kApiTokens.name, kApiTokensMax)) {
    ApiToken token;
    token.token_id = row[0].as<std::int64_t>();
    const std::string hash = absl::HexStringToBytes(row[1].as<std::string>());
    std::copy(hash.begin(), hash.end(), token.hash.begin());  // 32 bytes: the table's own check
    token.scopes = parse_scopes(row[2].as<std::string>());
    token.author_id = row[3].as<std::string>();
    tokens.push_back(std::move(token));
  }
  return tokens;
}

absl::StatusOr<std::int64_t> create_api_token(const std::string& connection_string, const NewApiToken& token) {
  std::int64_t token_id = 0;
  const absl::Status created = transact(connection_string, [&](pqxx::transaction_base& transaction) {
    transaction.exec0(kLockTable);
    if (transaction.exec1(kCountValid)[0].as<std::size_t>() >= kApiTokensMax) {
      return make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_TOKENS", "there are too many valid tokens");
    }
    token_id = transaction
                   .exec_params1(kCreate, absl::BytesToHexString(to_absl(bytes_of(token.hash))), token.label,
                                 array_literal(token.scopes), token.author_id, token.lifetime_days)[0]
                   .as<std::int64_t>();
    return absl::OkStatus();
  });
  if (!created.ok()) return created;
  return token_id;
}

absl::StatusOr<std::vector<ApiTokenRow>> list_api_tokens(const std::string& connection_string) {
  std::vector<ApiTokenRow> rows;
  const absl::Status listed = transact(connection_string, [&rows](pqxx::transaction_base& transaction) {
    for (const pqxx::row& row : transaction.exec(kList)) {
      rows.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<std::string>(),
                      row[3].as<std::string>(), row[4].as<std::string>(), row[5].as<std::string>(),
                      row[6].as<std::string>()});
    }
    return absl::OkStatus();
  });
  if (!listed.ok()) return listed;
  return rows;
}

absl::Status revoke_api_token(const std::string& connection_string, std::int64_t token_id) {
  return transact(connection_string, [token_id](pqxx::transaction_base& transaction) {
    if (!transaction.exec_params(kRevoke, token_id).empty()) return absl::OkStatus();
    return make_error(absl::StatusCode::kNotFound, "TOKEN_NOT_FOUND",
                      "there is no such token, or it is revoked already");
  });
}

}  // namespace parley::backend
