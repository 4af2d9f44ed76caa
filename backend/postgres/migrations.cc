#include "backend/postgres/migrations.h"

#include <cstdint>
#include <map>

#include <pqxx/nontransaction>
#include <pqxx/result>
#include <pqxx/transaction>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "backend/postgres/session.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

// Held by the session that migrates. The number is ours alone: the first bytes of "parley".
constexpr std::int64_t kAdvisoryLock = 0x7061726c6579;

constexpr const char* kMakeTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, "
    "checksum text NOT NULL, apply_time timestamptz NOT NULL DEFAULT now())";

struct Applied {
  std::string name;
  std::string checksum;
};
using AppliedByVersion = std::map<int, Applied>;

absl::Status refused(std::string_view reason, const std::string& message) {
  return make_error(absl::StatusCode::kFailedPrecondition, reason, message);
}

// FNV-1a, 64 bits: finds edits, guards against nobody.
std::string checksum(std::string_view sql) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char character : sql) hash = (hash ^ static_cast<std::uint8_t>(character)) * 0x100000001b3;
  return absl::StrFormat("%016x", hash);
}

absl::Status check_order(std::span<const Migration> migrations) {
  int expected = 1;
  for (const Migration& migration : migrations) {
    if (migration.version != expected) {
      return refused("MIGRATION_GAP", absl::StrCat("this program has no migration V", expected));
    }
    ++expected;
  }
  return absl::OkStatus();
}

absl::Status check_applied(std::span<const Migration> migrations, const AppliedByVersion& applied) {
  const int newest = static_cast<int>(migrations.size());
  int expected = 1;
  for (const auto& [version, row] : applied) {
    if (version != expected) {
      return refused("MIGRATION_GAP", absl::StrCat("the database lacks migration V", expected, " but has V", version));
    }
    ++expected;
    if (version > newest) {
      return refused("MIGRATION_UNKNOWN", absl::StrCat("the database is at migration V", version, " (", row.name,
                                                       "), newer than this program, which knows V", newest,
                                                       ": start a newer version of the program"));
    }
    const Migration& known = migrations[static_cast<std::size_t>(version - 1)];
    if (row.checksum != checksum(known.sql)) {
      return refused("MIGRATION_CHANGED", absl::StrCat("migration V", version, " (", row.name,
                                                       ") was applied with another text than this program has"));
    }
  }
  return absl::OkStatus();
}

AppliedByVersion read_applied(pqxx::connection& connection) {
  pqxx::nontransaction transaction(connection);
  transaction.exec0(kMakeTable);
  AppliedByVersion applied;
  for (const pqxx::row& row :
       transaction.exec("SELECT version, name, checksum FROM schema_migrations ORDER BY version")) {
    applied[row[0].as<int>()] = Applied{row[1].as<std::string>(), row[2].as<std::string>()};
  }
  return applied;
}

void apply(pqxx::connection& connection, const Migration& migration) {
  pqxx::work transaction(connection);
  transaction.exec(std::string(migration.sql));
  transaction.exec_params0("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                           migration.version, std::string(migration.name), checksum(migration.sql));
  transaction.commit();
}

absl::Status apply_missing(pqxx::connection& connection, std::span<const Migration> migrations, const Logger& logger) {
  const AppliedByVersion applied = read_applied(connection);
  if (absl::Status checked = check_applied(migrations, applied); !checked.ok()) return checked;
  for (const Migration& migration : migrations.subspan(applied.size())) {
    apply(connection, migration);
    logger.info("migration_applied", {{"version", migration.version}, {"name", migration.name}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status migrate(const std::string& connection_string, std::span<const Migration> migrations,
                     const Logger& logger) {
  if (absl::Status checked = check_order(migrations); !checked.ok()) return checked;
  absl::Status outcome;
  std::string problem;
  const Failure failure = catch_database_errors([&] {
    const std::unique_ptr<pqxx::connection> connection = open_connection(connection_string);
    {
      pqxx::nontransaction transaction(*connection);
      transaction.exec(absl::StrCat("SELECT pg_advisory_lock(", kAdvisoryLock, ")"));
    }
    try {
      outcome = apply_missing(*connection, migrations, logger);
    } catch (const pqxx::sql_error& error) {
      problem = error.what();
      throw;
    }
    // The session's end releases the lock.
  });
  if (failure.status.ok()) return outcome;
  const bool may_pass = failure.kind != FailureKind::kOther && failure.kind != FailureKind::kData;
  if (may_pass) return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", log_reason(failure));
  if (problem.empty()) problem = std::string(to_std(failure.status.message()));
  return refused("MIGRATION_FAILED", absl::StrCat("a migration failed: ", problem));
}

}  // namespace parley::backend
