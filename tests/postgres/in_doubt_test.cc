// A connection that breaks during COMMIT: the outcome is said to be unknown, and the retry finds it.
#include <gtest/gtest.h>

#include <thread>

#include <pqxx/nontransaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

// A deferred trigger stands in for a slow disk: it runs within COMMIT, before anything is durable.
void make_commits_slow(const TestDatabase& database, const std::string& seconds) {
  database.query("CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(" + seconds +
                 "); RETURN NULL; END $$");
  database.query(
      "CREATE CONSTRAINT TRIGGER lingering AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
      "EXECUTE FUNCTION linger()");
}

// And that slowly: other commits, as that of the room's making, are over soon.
bool is_committing(const TestDatabase& database) {
  return database.number(
             "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT' AND "
             "wait_event = 'PgSleep'") > 0;
}

TEST(InDoubtTest, ALossDuringCommitIsNeverAnAcknowledgement) {
  MigratedDatabase database;
  make_commits_slow(database, "60");
  TestStore store(database, {.workers = 1});
  Answer<StoredMessage> answer;
  store->send_message(message("lobby", "r1"), CallLimit(), answer.completion());
  ASSERT_TRUE(eventually([&] { return is_committing(database); }));
  ASSERT_GE(database.terminate_sessions("COMMIT"), 1);
  const auto stored = answer.wait();
  EXPECT_EQ(stored.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(error_reason(stored.status()), "OUTCOME_UNKNOWN");
  EXPECT_TRUE(is_retryable(stored.status()));
  EXPECT_EQ(database.number("SELECT count(*) FROM messages"), 0);
  database.query("DROP TRIGGER lingering ON messages");
  const auto retried = store.send(message("lobby", "r1"));
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->message.offset(), 1);
}

TEST(InDoubtTest, AMessageThatIsNotCommittedYetIsNotAcknowledged) {
  MigratedDatabase database;
  make_commits_slow(database, "0.3");
  TestStore store(database, {.workers = 1});
  const auto began = std::chrono::steady_clock::now();
  const auto stored = store.send(message("lobby", "r1"));
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(300));
  EXPECT_EQ(database.number("SELECT count(*) FROM messages"), 1);
}

TEST(InDoubtTest, ACommitThatTheDatabaseRefusesIsNotInDoubt) {
  MigratedDatabase database;
  database.query(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE "
      "= 'check_violation'; END $$");
  database.query(
      "CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN "
      "(NEW.body = 'bad') EXECUTE FUNCTION refuse()");
  TestStore store(database, {.workers = 1});
  EXPECT_EQ(error_reason(store.send(message("lobby", "r1", "bad")).status()), "TEXT_INVALID");
  EXPECT_EQ(store.send(message("lobby", "r2", "good"))->message.offset(), 1);
}

TEST(InDoubtTest, CommitsAreDurable) {
  MigratedDatabase database;
  pqxx::connection connection(database.connection_string());
  EXPECT_EQ(pqxx::nontransaction(connection).exec1("SHOW synchronous_commit")[0].as<std::string>(), "on");
}

}  // namespace
}  // namespace parley::backend
