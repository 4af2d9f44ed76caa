// A database of its own for each test, on the cluster that DATABASE_URL names.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <pqxx/connection>
#include <pqxx/result>

#include "backend/chat/store.h"
#include "backend/postgres/postgres_store.h"
#include "common/clock.h"
#include "common/logger.h"

namespace parley::backend {

inline constexpr std::chrono::seconds kPatience{30};

// Created empty, dropped at the end, together with whoever is still connected to it.
class TestDatabase {
 public:
  explicit TestDatabase(const std::string& encoding = "UTF8");
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  // As make_connection_string() gives it.
  const std::string& connection_string() const { return connection_string_; }
  // Runs SQL and returns the rows. Throws what libpqxx throws.
  pqxx::result query(const std::string& sql) const;
  // The first field of the first row.
  std::int64_t number(const std::string& sql) const;
  // Sessions of it that wait for what another one has locked.
  std::int64_t waiting_sessions() const;
  // Ends the other sessions of this database whose last or current statement contains `text`; how many there were.
  int terminate_sessions(const std::string& text = "") const;

 private:
  std::string name_;
  std::string connection_string_;
};

// One answer of the store, to wait for. Copies share it.
template <typename Result>
class Answer {
 public:
  Completion<Result> completion() {
    return [state = state_](absl::StatusOr<Result> result) {
      const std::scoped_lock lock(state->mutex);
      EXPECT_FALSE(state->result.has_value()) << "answered twice";
      state->result = std::move(result);
      state->changed.notify_all();
    };
  }
  absl::StatusOr<Result> wait() {
    std::unique_lock lock(state_->mutex);
    const bool came = state_->changed.wait_for(lock, kPatience, [this] { return state_->result.has_value(); });
    EXPECT_TRUE(came) << "no answer";
    return came ? *state_->result : absl::DeadlineExceededError("no answer");
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<absl::StatusOr<Result>> result;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// A migrated database.
class MigratedDatabase : public TestDatabase {
 public:
  MigratedDatabase();
};

// A store on `database`, open, and its operations as blocking calls.
class TestStore {
 public:
  explicit TestStore(const TestDatabase& database, PostgresStoreOptions options = {});
  ~TestStore() { store_.stop(); }

  PostgresStore& operator*() { return store_; }
  PostgresStore* operator->() { return &store_; }

  absl::StatusOr<StoredMessage> send(const pb::SendMessageRequest& request);
  absl::StatusOr<StoredConnection> connect(const std::string& gateway_id, const std::string& connection_id,
                                           const std::string& room = "lobby", const std::string& author_id = "a1",
                                           const std::string& name = "Ann");
  absl::StatusOr<HistoryPage> history(HistoryQuery query);
  absl::StatusOr<ResumePage> resume(const std::string& room, std::optional<pb::StreamPosition> position = {},
                                    int page_size = 100);
  absl::StatusOr<ChangesPage> changes(const std::string& room, const pb::StreamPosition& position);
  absl::StatusOr<Reaped> reap();
  absl::StatusOr<LeaseState> take_lease(const std::string& gateway_id);
  absl::StatusOr<Renewal> renew_lease(const std::string& gateway_id, std::int64_t lease_number);

 private:
  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kError, clock_, log_};
  PostgresStore store_;
};

pb::SendMessageRequest message(const std::string& room, const std::string& request_id, const std::string& body = "text",
                               const std::string& author_id = "a1");

// True once `condition` is; false when patience ends before that.
bool eventually(const std::function<bool()>& condition);

}  // namespace parley::backend
