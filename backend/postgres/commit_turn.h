// Whose commit comes when, among batches of messages that are stored at the same time.
#pragma once

#include "absl/status/status.h"

namespace parley::backend {

// Asked by the one who writes a batch, on its thread.
class CommitTurn {
 public:
  virtual ~CommitTurn() = default;

  // A transaction begins. If it is not the first one, the one before it was not committed.
  virtual void begin() = 0;
  // Before each commit, and it may block: returns when the batches before this one in its rooms are committed. Not OK:
  // one of them is not, so this one may not be either, and that is what its messages are told.
  virtual absl::Status wait() = 0;
  // All of the batch is stored but for the commit that comes now: no message of it can fail any more but with all of
  // them.
  virtual void all_but_committed() = 0;
};

}  // namespace parley::backend
