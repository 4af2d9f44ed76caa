// The store under a full queue, passed deadlines, and a database that goes away and comes back.
#include <gtest/gtest.h>

#include <atomic>

#include <pqxx/transaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

class PoolTest : public testing::Test {
 protected:
  MigratedDatabase database_;
};

std::string reason_of(const absl::Status& status) { return std::string(error_reason(status)); }

// Holds all rooms until it is released.
class RoomLock {
 public:
  explicit RoomLock(const TestDatabase& database)
      : connection_(database.connection_string()), transaction_(connection_) {
    transaction_.exec("SELECT * FROM rooms FOR UPDATE");
  }
  void release() { transaction_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work transaction_;
};

TEST_F(PoolTest, ARestartOfTheDatabasesSessionsIsNotNoticed) {
  TestStore store(database_, {.workers = 2});
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(store.send(message("lobby", std::to_string(round))).ok());
    ASSERT_GT(database_.terminate_sessions(), 0);
  }
  EXPECT_EQ(store.history({.room = "lobby"})->messages.size(), 5u);
}

TEST_F(PoolTest, ARequestWhoseTimeHasPassedDoesNotTouchTheDatabase) {
  TestStore store(database_, {.workers = 1});
  ASSERT_TRUE(store.send(message("lobby", "r0")).ok());
  RoomLock lock(database_);
  Answer<StoredMessage> running;
  store->send_message(message("lobby", "r1"), CallLimit(), running.completion());
  CallLimit late{.deadline = std::chrono::steady_clock::now(), .cancelled = nullptr};
  const auto flag = std::make_shared<std::atomic<bool>>(false);
  CallLimit hung_up{.deadline = std::chrono::steady_clock::time_point::max(), .cancelled = flag};
  Answer<StoredMessage> late_send;
  Answer<StoredMessage> cancelled_send;
  Answer<HistoryPage> cancelled_read;
  *flag = true;  // before: a message that waits for 20 ms may begin a batch of its own
  store->send_message(message("lobby", "r2"), late, late_send.completion());
  store->send_message(message("lobby", "r3"), hung_up, cancelled_send.completion());
  store->read_history({.room = "lobby"}, hung_up, cancelled_read.completion());
  lock.release();
  EXPECT_TRUE(running.wait().ok());
  EXPECT_EQ(late_send.wait().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(cancelled_send.wait().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(cancelled_read.wait().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(database_.number("SELECT count(*) FROM messages"), 2);
}

TEST_F(PoolTest, AFullQueueRefuses) {
  TestStore store(database_, {.workers = 1, .queue_max = 5});
  ASSERT_TRUE(store.send(message("lobby", "r0")).ok());
  RoomLock lock(database_);
  std::vector<Answer<StoredMessage>> sends(20);
  std::vector<Answer<HistoryPage>> reads(20);
  for (std::size_t index = 0; index < sends.size(); ++index) {
    store->send_message(message("lobby", "s" + std::to_string(index)), CallLimit(), sends[index].completion());
    store->read_history({.room = "lobby"}, CallLimit(), reads[index].completion());
  }
  lock.release();
  int overloaded = 0;
  int stored = 0;
  for (auto& send : sends) {
    const auto result = send.wait();
    stored += result.ok() ? 1 : 0;
    overloaded += reason_of(result.status()) == "OVERLOADED" ? 1 : 0;
  }
  EXPECT_EQ(stored + overloaded, 20);
  EXPECT_GE(overloaded, 10);
  EXPECT_GE(stored, 5);
  int refused_reads = 0;
  for (auto& read : reads) refused_reads += reason_of(read.wait().status()) == "OVERLOADED" ? 1 : 0;
  EXPECT_GE(refused_reads, 10);
  EXPECT_EQ(database_.number("SELECT count(*) FROM messages"), stored + 1);
}

TEST_F(PoolTest, AStatementThatTakesTooLongFreesItsWorker) {
  TestStore warm(database_, {.workers = 1});
  ASSERT_TRUE(warm.send(message("lobby", "r0")).ok());
  RoomLock lock(database_);
  // The connection string of the tests allows 10 s; the caller's own option is stronger.
  PostgresStoreOptions options{.workers = 1};
  TestStore store(database_, options);
  database_.query("ALTER DATABASE " + std::string(database_.query("SELECT current_database()").at(0)[0].c_str()) +
                  " SET lock_timeout = '100ms'");
  const auto stored = store.send(message("lobby", "r1"));
  EXPECT_EQ(reason_of(stored.status()), "DATABASE_UNAVAILABLE");
  lock.release();
  EXPECT_TRUE(store.send(message("lobby", "r1")).ok());
}

TEST_F(PoolTest, NothingIsAnsweredBeforeTheSchemaIsThere) {
  const SystemClock clock;
  std::ostringstream log;
  const Logger logger("test", LogLevel::kError, clock, log);
  PostgresStore store({.connection_string = database_.connection_string()}, clock, logger);
  Answer<HistoryPage> early;
  store.read_history({.room = "lobby"}, CallLimit(), early.completion());
  EXPECT_EQ(reason_of(early.wait().status()), "DATABASE_UNAVAILABLE");
  store.open();
  Answer<HistoryPage> later;
  store.read_history({.room = "lobby"}, CallLimit(), later.completion());
  EXPECT_TRUE(later.wait().ok());
  store.stop();
  Answer<HistoryPage> late;
  Answer<StoredMessage> late_send;
  store.read_history({.room = "lobby"}, CallLimit(), late.completion());
  store.send_message(message("lobby", "r1"), CallLimit(), late_send.completion());
  EXPECT_EQ(reason_of(late.wait().status()), "SHUTTING_DOWN");
  EXPECT_EQ(reason_of(late_send.wait().status()), "SHUTTING_DOWN");
}

TEST_F(PoolTest, AnUnreachableDatabaseIsSaidAtOnce) {
  const SystemClock clock;
  std::ostringstream log;
  const Logger logger("test", LogLevel::kError, clock, log);
  PostgresStore store({.connection_string = "host='/nowhere' dbname='x' connect_timeout='1'"}, clock, logger);
  store.open();
  for (int count = 0; count < 20; ++count) {
    Answer<StoredMessage> answer;
    store.send_message(message("lobby", "r1"), CallLimit(), answer.completion());
    EXPECT_EQ(reason_of(answer.wait().status()), "DATABASE_UNAVAILABLE");
  }
  store.stop();
}

}  // namespace
}  // namespace parley::backend
