// Numbered schema changes, applied at start.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/logger.h"

namespace parley::backend {

// A file backend/migrations/V<version>__<name>.sql. A line `-- compatible_from: V002` among the comments that it begins
// with says that programs which know the schema from V002 on can work with a database that has it; without that line
// only those that know the file itself can.
struct Migration {
  int version = 0;  // from 1 on, without gaps
  std::string_view name;
  std::string_view sql;
};

// Those that the build embeds, by version.
std::span<const Migration> embedded_migrations();

// The version in `migration`'s line `compatible_from`, or its own without that line. FAILED_PRECONDITION
// (MIGRATION_INVALID) for a line that names no version up to its own.
absl::StatusOr<int> compatible_from(const Migration& migration);

// Brings the database to the last version of `migrations`: each is applied in a transaction of its own and recorded
// with its checksum. One that waits for a lock for two seconds gives up and is to be tried again, because
// the messages of running backends wait behind it. A database that is newer is left as it is when all that
// `migrations` lacks is compatible with it: backends of two versions run side by side, and either may restart.
// Blocks; several processes may call it at the same time, one after the other does the work.
// UNAVAILABLE (DATABASE_UNAVAILABLE): try again; the message, for the operator alone, says why. FAILED_PRECONDITION
// (MIGRATION_GAP, MIGRATION_CHANGED, MIGRATION_UNKNOWN, MIGRATION_INVALID, MIGRATION_FAILED): a person has to look; the
// message says at what.
absl::Status migrate(const std::string& connection_string, std::span<const Migration> migrations, const Logger& logger);

}  // namespace parley::backend
