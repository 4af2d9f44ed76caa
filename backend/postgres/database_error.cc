#include "backend/postgres/database_error.h"

#include <string>
#include <string_view>
#include <vector>

#include <pqxx/except>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

// The class of an SQLSTATE ("Appendix A. PostgreSQL Error Codes"), and a few single codes.
FailureKind kind_of(std::string_view sqlstate) {
  if (sqlstate == "40001" || sqlstate == "40P01") return FailureKind::kRetry;
  const std::string_view code_class = sqlstate.substr(0, 2);
  if (code_class == "22" || code_class == "23") return FailureKind::kData;
  if (sqlstate == "25006") return FailureKind::kReadOnly;
  // Cancelled (the statement timeout), lock not available; insufficient resources (53100 is a full disk); a failure of
  // the machine around the server (58030 is an I/O error).
  const bool is_busy = sqlstate == "57014" || sqlstate == "55P03" || code_class == "53" || code_class == "58";
  if (is_busy) return FailureKind::kBusy;
  // Administrator's shutdown, crash, not yet ready; connection failures; a session whose idle time in a transaction
  // ended.
  if (code_class == "57" || code_class == "08" || sqlstate == "25P03") return FailureKind::kConnection;
  return FailureKind::kOther;
}

Failure from_sqlstate(const pqxx::sql_error& error) {
  const FailureKind kind = kind_of(error.sqlstate());
  switch (kind) {
    case FailureKind::kData:
      return {kind,
              make_error(absl::StatusCode::kInvalidArgument, "TEXT_INVALID", "the database refuses the value"),
              {},
              error.sqlstate()};
    case FailureKind::kOther:
      return {kind,
              make_error(absl::StatusCode::kInternal, "DATABASE_ERROR", "SQLSTATE " + error.sqlstate()),
              {},
              error.sqlstate()};
    default: return {kind, database_unavailable(), {}, error.sqlstate()};
  }
}

}  // namespace

std::string one_line(std::string_view text) {
  std::vector<absl::string_view> lines = absl::StrSplit(to_absl(text), '\n', absl::SkipWhitespace());
  for (absl::string_view& line : lines) line = absl::StripAsciiWhitespace(line);
  return absl::StrJoin(lines, "; ");
}

std::string log_reason(const Failure& failure) {
  return failure.detail.empty() ? std::string(failure.status.message()) : failure.detail;
}

absl::Status database_unavailable() {
  return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", "the database cannot be used now");
}

absl::Status outcome_unknown() {
  return make_error(absl::StatusCode::kAborted, "OUTCOME_UNKNOWN",
                    "the connection broke during the commit: repeat with the same request_id");
}

Failure catch_database_errors(const std::function<void()>& work) {
  try {
    work();
    return {FailureKind::kOther, absl::OkStatus()};
  } catch (const pqxx::in_doubt_error&) {
    return {FailureKind::kInDoubt, outcome_unknown()};
  } catch (const pqxx::statement_completion_unknown&) {
    return {FailureKind::kInDoubt, outcome_unknown()};
  } catch (const pqxx::broken_connection& error) {
    // libpq names host, port and user in it, never the password.
    return {FailureKind::kConnection, database_unavailable(), one_line(error.what())};
  } catch (const pqxx::transaction_rollback&) {
    // libpqxx names the class by the type alone.
    return {FailureKind::kRetry, database_unavailable(), {}, "40000"};
  } catch (const pqxx::sql_error& error) {
    return from_sqlstate(error);
  } catch (const Abandoned& abandoned) {
    return {FailureKind::kAbandoned, abandoned.status()};
  } catch (const std::exception& error) {
    return {FailureKind::kOther, make_error(absl::StatusCode::kInternal, "DATABASE_ERROR", error.what())};
  }
}

}  // namespace parley::backend
