// Numbered schema changes, applied at start.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/logger.h"

namespace parley::backend {

// A file backend/migrations/V<version>__<name>.sql.
struct Migration {
  int version = 0;  // from 1 on, without gaps
  std::string_view name;
  std::string_view sql;
};

// Those that the build embeds, by version.
std::span<const Migration> embedded_migrations();

// Brings the database to the last version of `migrations`: each is applied in a transaction of its own and recorded
// with its checksum. Blocks; several processes may call it at the same time, one after the other does the work.
// UNAVAILABLE (DATABASE_UNAVAILABLE): try again; the message, for the operator alone, says why. FAILED_PRECONDITION
// (MIGRATION_GAP, MIGRATION_CHANGED, MIGRATION_UNKNOWN, MIGRATION_FAILED): a person has to look; the message says at
// what.
absl::Status migrate(const std::string& connection_string, std::span<const Migration> migrations, const Logger& logger);

}  // namespace parley::backend
