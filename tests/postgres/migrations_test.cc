#include "backend/postgres/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <pqxx/transaction>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using testing::HasSubstr;

constexpr Migration kFirst{1, "first", "CREATE TABLE one (id int); INSERT INTO one VALUES (1)"};
constexpr Migration kSecond{2, "second", "ALTER TABLE one ADD COLUMN name text"};
constexpr Migration kThird{3, "third", "CREATE TABLE three (id int)"};

class MigrationsTest : public testing::Test {
 protected:
  absl::Status run(const std::vector<Migration>& migrations) {
    return migrate(database_.connection_string(), migrations, logger_);
  }
  std::int64_t applied() const { return database_.number("SELECT count(*) FROM schema_migrations"); }

  TestDatabase database_;
  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kInfo, clock_, log_};
};

TEST_F(MigrationsTest, TheEmbeddedOnesMakeAFreshSchemaOnce) {
  ASSERT_FALSE(embedded_migrations().empty());
  for (int time = 0; time < 2; ++time) {
    const absl::Status migrated = migrate(database_.connection_string(), embedded_migrations(), logger_);
    EXPECT_TRUE(migrated.ok()) << migrated;
    EXPECT_EQ(applied(), static_cast<std::int64_t>(embedded_migrations().size()));
  }
  EXPECT_EQ(database_.number("SELECT count(*) FROM rooms"), 0);
}

TEST_F(MigrationsTest, AnUpgradeAppliesWhatIsMissingAndKeepsTheData) {
  ASSERT_TRUE(run({kFirst}).ok());
  ASSERT_TRUE(run({kFirst, kSecond, kThird}).ok());
  EXPECT_EQ(applied(), 3);
  EXPECT_EQ(database_.number("SELECT id FROM one WHERE name IS NULL"), 1);
}

TEST_F(MigrationsTest, TwoAtOnceBothSucceed) {
  const std::vector<Migration> slow{{1, "slow", "CREATE TABLE one (id int); SELECT pg_sleep(0.2)"}, kSecond};
  absl::Status outcomes[4];
  std::vector<std::thread> threads;
  for (absl::Status& outcome : outcomes) threads.emplace_back([this, &outcome, &slow] { outcome = run(slow); });
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(applied(), 2);
}

TEST_F(MigrationsTest, ADatabaseOfAnotherEncodingServesAndIsWarnedOf) {
  const TestDatabase ascii("SQL_ASCII");
  const absl::Status migrated = migrate(ascii.connection_string(), embedded_migrations(), logger_);
  EXPECT_TRUE(migrated.ok()) << migrated;
  EXPECT_THAT(log_.str(), HasSubstr("database_encoding_is_not_utf8"));
  TestStore store(ascii);
  EXPECT_EQ(store.connect("g1", "c1", "lobby", "a1", "Ann")->author.name(), "Ann");
  EXPECT_EQ(store.connect("g1", "c2", "lobby", "a2", "ANN")->author.name(), "ANN 2");
  EXPECT_TRUE(store.send(message("lobby", "r1", "gr\u00fc\u00df")).ok());
}

TEST_F(MigrationsTest, AProgramWithAGapIsRefused) {
  const absl::Status refused = run({kFirst, kThird});
  EXPECT_EQ(error_reason(refused), "MIGRATION_GAP");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("V2"));
  EXPECT_FALSE(is_retryable(refused));
}

TEST_F(MigrationsTest, ADatabaseWithAGapIsRefused) {
  ASSERT_TRUE(run({kFirst, kSecond, kThird}).ok());
  database_.query("DELETE FROM schema_migrations WHERE version = 2");
  EXPECT_EQ(error_reason(run({kFirst, kSecond, kThird})), "MIGRATION_GAP");
}

TEST_F(MigrationsTest, AnOlderProgramIsRefused) {
  ASSERT_TRUE(run({kFirst, kSecond}).ok());
  const absl::Status refused = run({kFirst});
  EXPECT_EQ(error_reason(refused), "MIGRATION_UNKNOWN");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("second"));
  EXPECT_FALSE(is_retryable(refused));
}

TEST_F(MigrationsTest, AnOlderProgramRunsWhereAllThatItLacksIsCompatible) {
  const Migration second{2, "wider",
                         "-- A column for later.\n-- compatible_from: V001\nALTER TABLE one ADD COLUMN b int"};
  const Migration third{3, "index", "-- compatible_from: V1\nCREATE INDEX one_by_b ON one (b)"};
  ASSERT_TRUE(run({kFirst, second, third}).ok());
  for (int time = 0; time < 2; ++time) {
    const absl::Status older = run({kFirst});
    EXPECT_TRUE(older.ok()) << older;
    EXPECT_TRUE(run({kFirst, second}).ok());
  }
  EXPECT_EQ(applied(), 3) << "it leaves the database as it is";
  EXPECT_THAT(log_.str(), HasSubstr("database_is_newer"));
  EXPECT_TRUE(run({kFirst, second, third}).ok());
}

TEST_F(MigrationsTest, AnOlderProgramIsRefusedWhereOneThatItLacksIsNot) {
  const Migration second{2, "narrower", "-- compatible_from: V002\nALTER TABLE one DROP COLUMN id"};
  const Migration third{3, "index", "-- compatible_from: V001\nCREATE TABLE three (id int)"};
  ASSERT_TRUE(run({kFirst, second, third}).ok());
  const absl::Status refused = run({kFirst});
  EXPECT_EQ(error_reason(refused), "MIGRATION_UNKNOWN");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("V2 (narrower), which needs a program that knows V2"));
  EXPECT_TRUE(run({kFirst, second}).ok());
}

TEST_F(MigrationsTest, ATextThatSaysItElsewhereDoesNotSayIt) {
  EXPECT_EQ(compatible_from({5, "x", "SELECT 1;\n-- compatible_from: V001\n"}).value(), 5);
  EXPECT_EQ(compatible_from({5, "x", ""}).value(), 5);
  EXPECT_EQ(compatible_from({5, "x", "--"}).value(), 5);
  EXPECT_EQ(compatible_from({5, "x", "-- compatible_from: V004"}).value(), 4);
  EXPECT_EQ(compatible_from({5, "x", "-- a\n--compatible_from:V4 \nSELECT 1"}).value(), 4);
}

TEST_F(MigrationsTest, ALineThatNamesNoVersionIsRefused) {
  for (const char* version : {"", "4", "V", "V0", "V-1", "V6", "V00x", "V1 V2"}) {
    const std::string sql = absl::StrCat("-- compatible_from: ", version, "\nSELECT 1");
    EXPECT_EQ(error_reason(compatible_from({5, "x", sql}).status()), "MIGRATION_INVALID") << version;
  }
  EXPECT_EQ(error_reason(run({{1, "x", "-- compatible_from: V2"}})), "MIGRATION_INVALID");
  EXPECT_EQ(database_.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), 0);
}

// What a database of a program before `compatible_from` looks like.
TEST_F(MigrationsTest, ATableWithoutCompatibilityIsCompleted) {
  ASSERT_TRUE(run({kFirst, kSecond}).ok());
  database_.query("ALTER TABLE schema_migrations DROP COLUMN compatible_from");
  EXPECT_EQ(error_reason(run({kFirst})), "MIGRATION_UNKNOWN") << "nothing is known of the second";
  const Migration third{3, "index", "-- compatible_from: V002\nCREATE TABLE three (id int)"};
  EXPECT_TRUE(run({kFirst, kSecond, third}).ok());
  EXPECT_TRUE(run({kFirst, kSecond}).ok());
  EXPECT_EQ(error_reason(run({kFirst})), "MIGRATION_UNKNOWN");
}

// Everything that comes after it would wait as well.
TEST_F(MigrationsTest, AMigrationThatWaitsForALockGivesWay) {
  ASSERT_TRUE(run({kFirst}).ok());
  {
    pqxx::connection reader(database_.connection_string());
    pqxx::work transaction(reader);
    transaction.exec("SELECT * FROM one");
    const absl::Status waited = run({kFirst, kSecond});
    EXPECT_EQ(error_reason(waited), "DATABASE_UNAVAILABLE");
    EXPECT_TRUE(is_retryable(waited));
    EXPECT_THAT(std::string(waited.message()), HasSubstr("lock timeout"));
  }
  EXPECT_TRUE(run({kFirst, kSecond}).ok());
}

TEST_F(MigrationsTest, AChangedTextIsRefused) {
  ASSERT_TRUE(run({kFirst}).ok());
  Migration changed = kFirst;
  changed.sql = "CREATE TABLE one (id bigint)";
  EXPECT_EQ(error_reason(run({changed})), "MIGRATION_CHANGED");
}

TEST_F(MigrationsTest, AFailingOneLeavesNothingOfItselfAndKeepsThoseBefore) {
  const Migration broken{2, "broken", "CREATE TABLE half (id int); SELECT 1/0"};
  const absl::Status refused = run({kFirst, broken});
  EXPECT_EQ(error_reason(refused), "MIGRATION_FAILED");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("division by zero"));
  EXPECT_EQ(applied(), 1);
  EXPECT_EQ(database_.number("SELECT count(*) FROM pg_tables WHERE tablename = 'half'"), 0);
}

TEST_F(MigrationsTest, WithoutADatabaseItIsToBeTriedAgain) {
  const absl::Status failed = migrate("host='/nowhere' dbname='x' connect_timeout='1'", embedded_migrations(), logger_);
  EXPECT_EQ(error_reason(failed), "DATABASE_UNAVAILABLE");
  EXPECT_TRUE(is_retryable(failed));
}

}  // namespace
}  // namespace parley::backend
