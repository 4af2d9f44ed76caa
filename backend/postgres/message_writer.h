// One group commit: a batch of messages in one transaction.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "backend/postgres/commit_turn.h"
#include "backend/postgres/send_batches.h"
#include "backend/postgres/session.h"

namespace parley::backend {

// Stores `batch` and returns a result for each message, in its order; those that are OK are committed. A repeat gets
// the original. A message that the database refuses fails alone: the others are then stored in parts. Takes the texts
// out of the messages that it stores.
std::vector<absl::StatusOr<StoredMessage>> write_messages(Session& session, std::vector<PendingSend>& batch,
                                                          CommitTurn& turn);

}  // namespace parley::backend
