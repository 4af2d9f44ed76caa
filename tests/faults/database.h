// What the database holds, for the checker.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tests/faults/checker.h"

namespace parley::faults {

// Blocking, with a connection of their own. UNAVAILABLE with libpq's text.
absl::StatusOr<std::map<std::string, std::int64_t>> read_heads(const std::string& database_url);
absl::StatusOr<DatabaseContents> read_contents(const std::string& database_url);
// Waits until no connection row is there, at most `limit`; returns what is left.
absl::StatusOr<std::vector<std::string>> wait_for_departures(const std::string& database_url,
                                                             std::chrono::milliseconds limit);

}  // namespace parley::faults
