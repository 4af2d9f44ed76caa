#include "backend/postgres/postgres_write_probe.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "backend/postgres/connection_string.h"
#include "backend/postgres/database_error.h"
#include "common/absl_view.h"
#include "common/errors.h"

namespace parley::backend {
namespace {

// With the session's work_mem of 64 kB the rows go through a temporary file, on the disk of the database; only then is
// the log written to. A transaction that is read-only may write neither a table nor, here, the log.
constexpr const char* kProbe =
    "SELECT CASE WHEN current_setting('transaction_read_only')::boolean THEN NULL "
    "ELSE pg_logical_emit_message(true, 'parley', '') END "
    "FROM (SELECT count(*) AS rows FROM generate_series(1, 16384)) AS spilled WHERE spilled.rows > 0";

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string text_of(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

}  // namespace

PostgresWriteProbe::PostgresWriteProbe(const std::string& connection_string)
    : connection_strings_(host_rotations(connection_string)), connection_(nullptr, &PQfinish) {}

PostgresWriteProbe::~PostgresWriteProbe() = default;

absl::Status PostgresWriteProbe::probe(std::chrono::milliseconds limit) {
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  const bool was_open = connection_ != nullptr;
  Outcome outcome = attempt(deadline);
  // A connection that was lost while it lay idle says nothing about the database now.
  if (outcome.kind == Outcome::Kind::kLost && was_open) outcome = attempt(deadline);
  switch (outcome.kind) {
    case Outcome::Kind::kDone: return absl::OkStatus();
    case Outcome::Kind::kRefused:
    case Outcome::Kind::kLost: break;
    case Outcome::Kind::kTimedOut: outcome.reason = absl::StrCat("no answer within ", limit.count(), " ms");
  }
  return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", outcome.reason);
}

PostgresWriteProbe::Outcome PostgresWriteProbe::attempt(Deadline deadline) {
  Outcome outcome;
  if (connection_ == nullptr) outcome = connect(deadline);
  if (outcome.kind == Outcome::Kind::kDone) outcome = run(deadline);
  // After a refusal too: behind the same name there may be another server that takes writes.
  if (outcome.kind != Outcome::Kind::kDone) connection_.reset();
  return outcome;
}

PostgresWriteProbe::Outcome PostgresWriteProbe::connect(Deadline deadline) {
  connection_.reset(PQconnectStart(connection_strings_[next_].c_str()));
  next_ = (next_ + 1) % connection_strings_.size();
  if (connection_ == nullptr) return {Outcome::Kind::kLost, "no memory for a connection"};
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
  while (PQstatus(connection_.get()) != CONNECTION_BAD && wanted != PGRES_POLLING_FAILED) {
    if (wanted == PGRES_POLLING_OK) {
      PQsetnonblocking(connection_.get(), 1);
      return {};
    }
    const short events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_for(events, deadline)) return {Outcome::Kind::kTimedOut};
    wanted = PQconnectPoll(connection_.get());
  }
  return lost();
}

PostgresWriteProbe::Outcome PostgresWriteProbe::run(Deadline deadline) {
  if (PQsendQuery(connection_.get(), kProbe) == 0) return lost();
  int unsent = PQflush(connection_.get());
  while (unsent > 0) {
    if (!wait_for(POLLIN | POLLOUT, deadline)) return {Outcome::Kind::kTimedOut};
    if (PQconsumeInput(connection_.get()) == 0) return lost();
    unsent = PQflush(connection_.get());
  }
  return unsent < 0 ? lost() : read_results(deadline);
}

PostgresWriteProbe::Outcome PostgresWriteProbe::read_results(Deadline deadline) {
  Outcome outcome;
  while (true) {
    while (PQisBusy(connection_.get()) != 0) {
      if (!wait_for(POLLIN, deadline)) return {Outcome::Kind::kTimedOut};
      if (PQconsumeInput(connection_.get()) == 0) return lost();
    }
    const Result result(PQgetResult(connection_.get()), &PQclear);
    if (result == nullptr) return outcome;
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
      if (PQstatus(connection_.get()) == CONNECTION_BAD) return lost();
      outcome = {Outcome::Kind::kRefused, absl::StrCat(text_of(result.get(), PG_DIAG_SQLSTATE), ": ",
                                                       text_of(result.get(), PG_DIAG_MESSAGE_PRIMARY))};
      const std::string severity = text_of(result.get(), PG_DIAG_SEVERITY_NONLOCALIZED);
      if (severity == "FATAL" || severity == "PANIC") outcome.kind = Outcome::Kind::kLost;
    } else if (PQntuples(result.get()) != 1 || PQgetisnull(result.get(), 0, 0) != 0) {
      outcome = {Outcome::Kind::kRefused, "25006: the database is read-only"};
    }
  }
}

PostgresWriteProbe::Outcome PostgresWriteProbe::lost() const {
  // libpq names host, port and user in it, never the password.
  return {Outcome::Kind::kLost, one_line(PQerrorMessage(connection_.get()))};
}

bool PostgresWriteProbe::wait_for(short events, Deadline deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd socket{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
    const int ready = poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    const bool is_interrupted = ready < 0 && errno == EINTR;
    if (ready != 0 && !is_interrupted) return true;
  }
}

}  // namespace parley::backend
