// What the database answers when it cannot take a write, and what the caller is told.
#include <gtest/gtest.h>

#include <string>

#include <pqxx/nontransaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

enum class Moment { kInsert, kCommit };

struct Case {
  const char* sqlstate;
  Moment moment;
  const char* reason;
};

// Every insert of a message fails with that SQLSTATE, at once or in its COMMIT.
void make_inserts_fail(const TestDatabase& database, const Case& wanted) {
  database.query(
      "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '" +
      std::string(wanted.sqlstate) + "', MESSAGE = 'as the test wants it'; END $$");
  const std::string timing = wanted.moment == Moment::kCommit
                                 ? "CONSTRAINT TRIGGER failing AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED"
                                 : "TRIGGER failing AFTER INSERT ON messages";
  database.query("CREATE " + timing + " FOR EACH ROW EXECUTE FUNCTION fail()");
}

class FailureTest : public testing::TestWithParam<Case> {};

TEST_P(FailureTest, IsRetryableAndNeverAnAcknowledgement) {
  MigratedDatabase database;
  make_inserts_fail(database, GetParam());
  TestStore store(database, {.workers = 1});
  const auto failed = store.send(message("lobby", "r1"));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(error_reason(failed.status()), GetParam().reason);
  EXPECT_EQ(is_retryable(failed.status()), std::string(GetParam().reason) != "DATABASE_ERROR");
  EXPECT_EQ(database.number("SELECT count(*) FROM messages"), 0);

  database.query("DROP TRIGGER failing ON messages");
  const auto retried = store.send(message("lobby", "r1"));
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->message.offset(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Sqlstates, FailureTest,
    testing::Values(Case{"53100", Moment::kInsert, "DATABASE_UNAVAILABLE"},  // disk full
                    Case{"53100", Moment::kCommit, "DATABASE_UNAVAILABLE"},
                    Case{"53200", Moment::kInsert, "DATABASE_UNAVAILABLE"},  // out of memory
                    Case{"58030", Moment::kInsert, "DATABASE_UNAVAILABLE"},  // I/O error
                    Case{"58030", Moment::kCommit, "DATABASE_UNAVAILABLE"},
                    Case{"25006", Moment::kInsert, "DATABASE_UNAVAILABLE"},  // read only
                    Case{"57P01", Moment::kInsert, "DATABASE_UNAVAILABLE"},  // administrator's shutdown
                    Case{"57P01", Moment::kCommit, "OUTCOME_UNKNOWN"},       // the session is taken for lost
                    Case{"57P02", Moment::kInsert, "DATABASE_UNAVAILABLE"},  // crash of another session
                    Case{"57P03", Moment::kInsert, "DATABASE_UNAVAILABLE"},  // not ready yet
                    Case{"57014", Moment::kCommit, "DATABASE_UNAVAILABLE"},  // statement timeout
                    Case{"XX000", Moment::kInsert, "DATABASE_ERROR"},        // the session goes on: a defect
                    Case{"XX000", Moment::kCommit, "DATABASE_ERROR"}),
    [](const testing::TestParamInfo<Case>& info) {
      return std::string(info.param.sqlstate) + (info.param.moment == Moment::kCommit ? "InCommit" : "InInsert");
    });

TEST(ReadOnlyTest, WritesAreRefusedReadsGoOnAndWritesComeBackWithoutARestart) {
  MigratedDatabase database;
  const std::string settings = "ALTER DATABASE " + database.query("SELECT current_database()")[0][0].as<std::string>();
  TestStore writer(database, {.workers = 1});
  ASSERT_TRUE(writer.send(message("lobby", "r1")).ok());

  // For new sessions.
  database.query(settings + " SET default_transaction_read_only = on");
  TestStore store(database, {.workers = 1});
  const auto refused = store.send(message("lobby", "r2"));
  EXPECT_EQ(error_reason(refused.status()), "DATABASE_UNAVAILABLE");
  EXPECT_EQ(store.history({.room = "lobby"})->messages.size(), 1U);
  pqxx::connection administrator(database.connection_string());
  pqxx::nontransaction transaction(administrator);
  transaction.exec("SET default_transaction_read_only = off");
  transaction.exec(settings + " RESET default_transaction_read_only");
  EXPECT_TRUE(eventually([&] { return store.send(message("lobby", "r2")).ok(); }));
  EXPECT_EQ(database.number("SELECT count(*) FROM messages"), 2);
}

}  // namespace
}  // namespace parley::backend
