// The valid API tokens in this process's memory.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "backend/chat/api_token.h"
#include "common/clock.h"
#include "common/logger.h"

namespace parley::backend {

// All of them at once, read anew by refresh(): a call is checked without the database, and no flood of wrong tokens
// reaches it. What is revoked is forgotten with the next reading. When readings fail for longer than `stale_after`, no
// token is known any more. Thread-safe; `source` is stopped before the book is destroyed.
class ApiTokenBook {
 public:
  ApiTokenBook(ApiTokenSource& source, std::chrono::milliseconds stale_after, const Clock& clock, const Logger& logger);

  // Begins a reading; nothing while an earlier one is under way.
  void refresh();
  // Called after every reading that has taken tokens away, on the source's thread, and by refresh() when what is known
  // has become too old; never twice at a time. Before the first refresh().
  void set_on_taken_away(absl::AnyInvocable<void()> on_taken_away) { on_taken_away_ = std::move(on_taken_away); }

  // The token with that hash. UNAUTHENTICATED (TOKEN_INVALID) for one that is not there; UNAVAILABLE
  // (DATABASE_UNAVAILABLE) when what is known is too old to tell.
  absl::StatusOr<ApiToken> find(const Sha256Digest& hash) const;
  // The same for one that had been found: UNAUTHENTICATED (TOKEN_INVALID) when it is there no longer.
  absl::Status check(std::int64_t token_id) const;

 private:
  using Tokens = std::unordered_map<Sha256Digest, ApiToken, DigestHash>;

  void take(absl::StatusOr<std::vector<ApiToken>> read);
  std::shared_ptr<const Tokens> tokens() const;
  // Since the last time that this was true.
  bool has_become_old();
  void tell_taken_away();

  ApiTokenSource& source_;
  const std::chrono::milliseconds stale_after_;
  const Clock& clock_;
  const Logger& logger_;
  std::mutex telling_;
  absl::AnyInvocable<void()> on_taken_away_;  // called under telling_
  std::atomic<bool> reading_ = false;
  std::chrono::steady_clock::time_point read_began_;  // of the reading under way
  mutable std::mutex mutex_;
  std::shared_ptr<const Tokens> tokens_;           // under mutex_; null before the first reading
  std::chrono::steady_clock::time_point read_at_;  // under mutex_: when tokens_ was true
  bool is_old_told_ = false;                       // under mutex_
};

}  // namespace parley::backend
