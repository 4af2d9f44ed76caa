// libpqxx's exceptions as errors of this server.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"

namespace parley::backend {

// How a piece of database work failed, as far as the next step depends on it.
enum class FailureKind {
  kConnection,  // the connection is gone or of no use; nothing was committed
  kInDoubt,     // the connection broke during COMMIT
  kRetry,       // deadlock or serialization failure; nothing was committed
  kData,        // the database refuses a value or a row; nothing was committed
  kReadOnly,    // the server takes no writes: a standby, or default_transaction_read_only; nothing was committed
  kBusy,        // a limit of the database or a failure of its machine: statement timeout, disk full, I/O error
  kOther,       // anything that should not happen
  kAbandoned,   // the work itself wanted no commit: see Abandoned
};

// Thrown by work that is not to be committed; the status is for the caller.
class Abandoned : public std::exception {
 public:
  explicit Abandoned(absl::Status status) : status_(std::move(status)) {}
  const char* what() const noexcept override { return "the work was abandoned"; }
  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

struct Failure {
  FailureKind kind = FailureKind::kOther;
  absl::Status status;        // for the caller
  std::string detail = {};    // for the log: why there is no connection; empty for other kinds
  std::string sqlstate = {};  // of the server's answer; empty when it gave none
};

// What to tell the operator: the detail, or else the caller's message.
std::string log_reason(const Failure& failure);

// Several lines as one, for the log.
std::string one_line(std::string_view text);

// UNAVAILABLE (DATABASE_UNAVAILABLE).
absl::Status database_unavailable();
// ABORTED (OUTCOME_UNKNOWN).
absl::Status outcome_unknown();

// Runs `work`; what it throws becomes a Failure. Returns a Failure with an OK status when nothing is thrown.
Failure catch_database_errors(const std::function<void()>& work);

}  // namespace parley::backend
