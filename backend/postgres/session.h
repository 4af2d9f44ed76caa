// One database connection and the rules for its loss.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <pqxx/connection>
#include <pqxx/transaction_base>

#include "backend/postgres/database_error.h"
#include "backend/postgres/database_metrics.h"
#include "common/clock.h"
#include "common/logger.h"

namespace parley::backend {

// Opens a connection that libpqxx never re-makes behind our back. Throws what libpqxx throws.
std::unique_ptr<pqxx::connection> open_connection(const std::string& connection_string);

// Used by one thread at a time. A lost connection is made again at the next use, with a pause that grows while it
// fails. Work may run more than once: it must have no effect outside the transaction but to overwrite its results.
class Session {
 public:
  using WorkFunction = std::function<void(pqxx::transaction_base&)>;

  // `clock`, `logger` and `metrics` outlive the session.
  Session(std::string connection_string, const Clock& clock, const Logger& logger, DatabaseMetrics& metrics);
  ~Session();

  // Read committed, then a durable commit. kInDoubt only when the connection broke during the commit.
  Failure write(const WorkFunction& work);
  // One snapshot for all statements, read only.
  Failure read(const WorkFunction& work);
  // Each statement by itself, for work of one statement.
  Failure run(const WorkFunction& work);

  // For the log: the server's process on the other end, as pg_stat_activity and the server's own log name it; 0 without
  // a connection.
  int database_pid() const;
  // How the last piece of work that failed since the last call did, or an OK status.
  Failure take_failure();

 private:
  enum class Mode { kWrite, kRead, kSingle };

  Failure perform(Mode mode, const WorkFunction& work);
  Failure noted(Failure failure);
  Failure attempt(Mode mode, const WorkFunction& work);
  void transact(Mode mode, const WorkFunction& work, bool& is_committing);
  bool is_lost(const Failure& failure);
  Failure ensure_open();
  void close();

  const std::string connection_string_;
  const Clock& clock_;
  const Logger& logger_;
  DatabaseMetrics& metrics_;
  Failure failure_;
  std::unique_ptr<pqxx::connection> connection_;
  std::chrono::steady_clock::time_point opened_at_{};
  std::chrono::steady_clock::time_point next_attempt_{};
  std::chrono::milliseconds pause_{0};
};

}  // namespace parley::backend
