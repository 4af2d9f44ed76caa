#include "backend/postgres/migrations.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include <pqxx/nontransaction>
#include <pqxx/result>
#include <pqxx/transaction>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
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
// A table that was made by a program without this column gets it; what that program applied has no value in it.
constexpr const char* kHasCompatibleFrom =
    "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'schema_migrations'::regclass AND attname = "
    "'compatible_from' AND NOT attisdropped)";
constexpr const char* kAddCompatibleFrom = "ALTER TABLE schema_migrations ADD COLUMN compatible_from integer";
constexpr const char* kLimitLockWait = "SET LOCAL lock_timeout = '2s'";

constexpr std::string_view kCompatibleFrom = "compatible_from:";

struct Applied {
  std::string name;
  std::string checksum;
  std::optional<int> compatible_from;
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

absl::Status check_files(std::span<const Migration> migrations) {
  int expected = 1;
  for (const Migration& migration : migrations) {
    if (migration.version != expected) {
      return refused("MIGRATION_GAP", absl::StrCat("this program has no migration V", expected));
    }
    if (const absl::StatusOr<int> from = compatible_from(migration); !from.ok()) return from.status();
    ++expected;
  }
  return absl::OkStatus();
}

// A migration that this program, which knows those up to `newest`, does not have.
absl::Status check_unknown(int newest, int version, const Applied& row) {
  if (row.compatible_from.has_value() && *row.compatible_from <= newest) return absl::OkStatus();
  return refused("MIGRATION_UNKNOWN",
                 absl::StrCat("the database is at migration V", version, " (", row.name,
                              "), which needs a program that ", "knows V", row.compatible_from.value_or(version),
                              "; this one knows V", newest, ": start a newer version of the program"));
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
      if (absl::Status checked = check_unknown(newest, version, row); !checked.ok()) return checked;
      continue;
    }
    const Migration& known = migrations[static_cast<std::size_t>(version - 1)];
    if (row.checksum != checksum(known.sql)) {
      return refused("MIGRATION_CHANGED", absl::StrCat("migration V", version, " (", row.name,
                                                       ") was applied with another text than this program has"));
    }
  }
  return absl::OkStatus();
}

// Names that differ in case or accents alone are one name; in another encoding the database can tell that of ASCII
// only.
void check_encoding(pqxx::connection& connection, const Logger& logger) {
  const auto encoding = pqxx::nontransaction(connection).exec1("SHOW server_encoding")[0].as<std::string>();
  if (encoding == "UTF8") return;
  logger.warning("database_encoding_is_not_utf8",
                 {{"encoding", encoding}, {"advice", "createdb --encoding=UTF8 --template=template0"}});
}

AppliedByVersion read_applied(pqxx::connection& connection) {
  pqxx::nontransaction transaction(connection);
  transaction.exec0(kMakeTable);
  if (!transaction.exec1(kHasCompatibleFrom)[0].as<bool>()) transaction.exec0(kAddCompatibleFrom);
  AppliedByVersion applied;
  for (const pqxx::row& row :
       transaction.exec("SELECT version, name, checksum, compatible_from FROM schema_migrations ORDER BY version")) {
    Applied& read = applied[row[0].as<int>()];
    read.name = row[1].as<std::string>();
    read.checksum = row[2].as<std::string>();
    if (!row[3].is_null()) read.compatible_from = row[3].as<int>();
  }
  return applied;
}

void apply(pqxx::connection& connection, const Migration& migration) {
  pqxx::work transaction(connection);
  transaction.exec0(kLimitLockWait);
  transaction.exec(std::string(migration.sql));
  transaction.exec_params0(
      "INSERT INTO schema_migrations (version, name, checksum, compatible_from) VALUES ($1, $2, $3, $4)",
      migration.version, std::string(migration.name), checksum(migration.sql), compatible_from(migration).value());
  transaction.commit();
}

absl::Status apply_missing(pqxx::connection& connection, std::span<const Migration> migrations, const Logger& logger) {
  check_encoding(connection, logger);
  const AppliedByVersion applied = read_applied(connection);
  if (absl::Status checked = check_applied(migrations, applied); !checked.ok()) return checked;
  if (applied.size() > migrations.size()) {
    logger.warning("database_is_newer", {{"database_version", applied.size()}, {"program_version", migrations.size()}});
    return absl::OkStatus();
  }
  for (const Migration& migration : migrations.subspan(applied.size())) {
    apply(connection, migration);
    logger.info("migration_applied", {{"version", migration.version}, {"name", migration.name}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> compatible_from(const Migration& migration) {
  std::string_view left = migration.sql;
  while (left.starts_with("--")) {
    const std::size_t end = std::min(left.find('\n'), left.size() - 1) + 1;
    absl::string_view line = absl::StripAsciiWhitespace(to_absl(left.substr(2, end - 2)));
    left.remove_prefix(end);
    if (!absl::ConsumePrefix(&line, to_absl(kCompatibleFrom))) continue;
    line = absl::StripAsciiWhitespace(line);
    int version = 0;
    const bool is_version = absl::ConsumePrefix(&line, "V") && absl::SimpleAtoi(line, &version) && version >= 1;
    if (is_version && version <= migration.version) return version;
    return refused("MIGRATION_INVALID",
                   absl::StrCat("migration V", migration.version, " (", to_absl(migration.name), ") has a line ",
                                to_absl(kCompatibleFrom), " that names no version up to its own, like V002"));
  }
  return migration.version;
}

absl::Status migrate(const std::string& connection_string, std::span<const Migration> migrations,
                     const Logger& logger) {
  if (absl::Status checked = check_files(migrations); !checked.ok()) return checked;
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
  if (may_pass) {
    return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE",
                      problem.empty() ? log_reason(failure) : one_line(problem));
  }
  if (problem.empty()) problem = std::string(to_std(failure.status.message()));
  return refused("MIGRATION_FAILED", absl::StrCat("a migration failed: ", problem));
}

}  // namespace parley::backend
