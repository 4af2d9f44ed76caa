#include "backend/postgres/session.h"

#include <algorithm>
#include <utility>

#include <pqxx/nontransaction>
#include <pqxx/transaction>

#include "backend/postgres/statements.h"

namespace parley::backend {
namespace {

constexpr std::chrono::milliseconds kPauseLeast{50};
constexpr std::chrono::milliseconds kPauseMost{2'000};
constexpr int kAttemptsMax = 4;

}  // namespace

std::unique_ptr<pqxx::connection> open_connection(const std::string& connection_string) {
  auto connection = std::make_unique<pqxx::connection>(connection_string);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return connection;
}

Session::Session(std::string connection_string, const Clock& clock, const Logger& logger, DatabaseMetrics& metrics)
    : connection_string_(std::move(connection_string)), clock_(clock), logger_(logger), metrics_(metrics) {}

Session::~Session() = default;

Failure Session::write(const WorkFunction& work) { return noted(perform(Mode::kWrite, work)); }
Failure Session::read(const WorkFunction& work) { return noted(perform(Mode::kRead, work)); }
Failure Session::run(const WorkFunction& work) { return noted(perform(Mode::kSingle, work)); }

Failure Session::noted(Failure failure) {
  if (failure.status.ok()) return failure;
  metrics_.note_failure(failure.kind);
  failure_ = failure;
  return failure;
}

int Session::database_pid() const { return connection_ == nullptr ? 0 : connection_->backendpid(); }

Failure Session::take_failure() { return std::exchange(failure_, Failure()); }

Failure Session::perform(Mode mode, const WorkFunction& work) {
  Failure failure;
  for (int attempts = 0; attempts < kAttemptsMax; ++attempts) {
    const bool was_open = connection_ != nullptr;
    failure = ensure_open();
    if (!failure.status.ok()) return failure;
    failure = attempt(mode, work);
    if (failure.status.ok()) return failure;
    // A connection that was lost while it lay idle says nothing about the database now: once more, with a new one.
    const bool is_stale = was_open && connection_ == nullptr && failure.kind != FailureKind::kInDoubt;
    if (!is_stale && failure.kind != FailureKind::kRetry) return failure;
  }
  return failure;
}

Failure Session::attempt(Mode mode, const WorkFunction& work) {
  bool is_committing = false;
  Failure failure = catch_database_errors([&] { transact(mode, work, is_committing); });
  if (failure.status.ok()) return failure;
  if (is_lost(failure)) {
    close();
    // Without a COMMIT there is nothing to doubt.
    if (is_committing) return {FailureKind::kInDoubt, outcome_unknown()};
    return {FailureKind::kConnection, database_unavailable()};
  }
  // Only an answer of the server says that a commit failed.
  if (is_committing && failure.sqlstate.empty()) {
    close();
    return {FailureKind::kInDoubt, outcome_unknown()};
  }
  // Behind the same address there may be another server that takes writes: looked for now and then, because a new
  // connection costs more than what it is for.
  if (failure.kind == FailureKind::kReadOnly && clock_.steady_now() - opened_at_ >= kPauseMost) close();
  return failure;
}

// The end of a connection may come later than the error that announces it: a session that is well answers.
bool Session::is_lost(const Failure& failure) {
  if (!connection_->is_open()) return true;
  switch (failure.kind) {
    case FailureKind::kConnection:
    case FailureKind::kInDoubt: return true;
    case FailureKind::kData:
    case FailureKind::kRetry:
    case FailureKind::kAbandoned: return false;
    case FailureKind::kReadOnly:
    case FailureKind::kBusy:
    case FailureKind::kOther: break;
  }
  if (failure.sqlstate.empty()) return false;
  return !catch_database_errors([this] { pqxx::nontransaction(*connection_).exec1("SELECT 1"); }).status.ok();
}

void Session::transact(Mode mode, const WorkFunction& work, bool& is_committing) {
  switch (mode) {
    case Mode::kWrite: {
      pqxx::work transaction(*connection_);
      work(transaction);
      is_committing = true;
      transaction.commit();
      return;
    }
    case Mode::kRead: {
      pqxx::transaction<pqxx::repeatable_read, pqxx::read_only> transaction(*connection_);
      work(transaction);
      transaction.commit();
      return;
    }
    case Mode::kSingle: {
      pqxx::nontransaction transaction(*connection_);
      work(transaction);
      return;
    }
  }
}

Failure Session::ensure_open() {
  if (connection_ != nullptr) return {FailureKind::kOther, absl::OkStatus()};
  if (clock_.steady_now() < next_attempt_) return {FailureKind::kConnection, database_unavailable()};
  Failure failure = catch_database_errors([this] {
    connection_ = open_connection(connection_string_);
    for (const sql::Statement& statement : sql::kAll) connection_->prepare(statement.name, statement.text);
  });
  if (failure.status.ok()) {
    metrics_.connections_made.add();
    pause_ = std::chrono::milliseconds(0);
    opened_at_ = clock_.steady_now();
    return failure;
  }
  metrics_.connections_lost.add();
  connection_.reset();
  pause_ = std::clamp(2 * pause_, kPauseLeast, kPauseMost);
  next_attempt_ = clock_.steady_now() + pause_;
  logger_.warning("database_connection_failed", {{"reason", log_reason(failure)}, {"retry_in_ms", pause_.count()}});
  return {FailureKind::kConnection, database_unavailable()};
}

void Session::close() {
  metrics_.connections_lost.add();
  connection_.reset();
  logger_.warning("database_connection_lost");
}

}  // namespace parley::backend
