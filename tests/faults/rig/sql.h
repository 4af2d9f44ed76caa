// Statements of the rig itself.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace parley::faults {

// Runs one statement on a connection of its own; `parameters` stand for $1, $2, …. The rows as texts. UNAVAILABLE when
// the database cannot be reached or refuses.
absl::StatusOr<std::vector<std::vector<std::string>>> run_sql(const std::string& url, const std::string& statement,
                                                              const std::vector<std::string>& parameters = {});

}  // namespace parley::faults
