// Whether the database takes writes, found out by one. Implemented in backend/postgres.
#pragma once

#include <chrono>

#include "absl/status/status.h"

namespace parley::backend {

// Used by one thread at a time.
class WriteProbe {
 public:
  virtual ~WriteProbe() = default;

  // Commits something small durably. Blocks for `limit` at the most, whatever the database does. UNAVAILABLE
  // (DATABASE_UNAVAILABLE) when that did not succeed; the message, for the operator alone, says why.
  virtual absl::Status probe(std::chrono::milliseconds limit) = 0;
};

}  // namespace parley::backend
