// A batch of messages that is stored while the one before it is being committed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <pqxx/transaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

constexpr int kMessages = 6;  // of the second batch; a fourth of a whole one, at least

// The room is held until everything waits; then the first message, alone in its batch, is committed when the test lets
// it.
class EarlyBatchTest : public testing::Test {
 protected:
  // `refusal`: the SQL of what a commit with a body of "bad" does when it is let go.
  void send(const std::string& first_body, const std::string& refusal = "NULL") {
    database_.query(
        "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_advisory_xact_lock_shared(7); IF NEW.body = 'bad' THEN " +
        refusal + "; END IF; RETURN NULL; END $$");
    database_.query(
        "CREATE CONSTRAINT TRIGGER lingering AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION linger()");
    ASSERT_TRUE(store_.send(message("lobby", "before")).ok());
    commits_.exec("SELECT pg_advisory_xact_lock(7)");
    {
      pqxx::connection connection(database_.connection_string());
      pqxx::work room(connection);
      room.exec("SELECT FROM rooms FOR UPDATE");
      send_one("first", first_body, first_);
      ASSERT_TRUE(eventually([this] { return database_.waiting_sessions() == 1; }));
      for (int index = 0; index < kMessages; ++index) send_one(std::to_string(index), "text", others_[place(index)]);
    }
    // One waits for the commit, the other for the room.
    ASSERT_TRUE(eventually([this] { return database_.waiting_sessions() == 2 && store_->messages_waiting() == 0; }));
  }
  void let_commit() { commits_.commit(); }
  static std::size_t place(int index) { return static_cast<std::size_t>(index); }

  MigratedDatabase database_;
  TestStore store_{database_, {.workers = 4, .batch_messages_max = 4 * kMessages}};
  Answer<StoredMessage> first_;
  std::vector<Answer<StoredMessage>> others_{kMessages};

 private:
  void send_one(const std::string& request_id, const std::string& body, Answer<StoredMessage>& answer) {
    store_->send_message(message("lobby", request_id, body), CallLimit(), answer.completion());
  }

  pqxx::connection connection_{database_.connection_string()};
  pqxx::work commits_{connection_};
};

TEST_F(EarlyBatchTest, IsCommittedBehindIt) {
  ASSERT_NO_FATAL_FAILURE(send("text"));
  EXPECT_EQ(database_.number("SELECT count(*) FROM messages"), 1);
  let_commit();
  EXPECT_EQ(first_.wait()->message.offset(), 2);
  for (int index = 0; index < kMessages; ++index) {
    const auto stored = others_[place(index)].wait();
    ASSERT_TRUE(stored.ok()) << stored.status();
    EXPECT_EQ(stored->message.offset(), 3 + index);
  }
}

TEST_F(EarlyBatchTest, IsNotCommittedWhenThatOneIsNot) {
  ASSERT_NO_FATAL_FAILURE(send("bad", "RAISE EXCEPTION USING ERRCODE = 'disk_full'"));
  let_commit();
  EXPECT_EQ(error_reason(first_.wait().status()), "DATABASE_UNAVAILABLE");
  for (auto& other : others_) EXPECT_EQ(error_reason(other.wait().status()), "DATABASE_UNAVAILABLE");
  EXPECT_EQ(database_.number("SELECT count(*) FROM messages"), 1);
  EXPECT_EQ(store_.send(message("lobby", "after"))->message.offset(), 2);
}

TEST_F(EarlyBatchTest, IsNotCommittedWhenThatOneIsInDoubt) {
  ASSERT_NO_FATAL_FAILURE(send("text"));
  ASSERT_GE(database_.terminate_sessions("COMMIT"), 1);
  EXPECT_EQ(error_reason(first_.wait().status()), "OUTCOME_UNKNOWN");
  for (auto& other : others_) EXPECT_EQ(error_reason(other.wait().status()), "DATABASE_UNAVAILABLE");
  let_commit();
  EXPECT_EQ(database_.number("SELECT count(*) FROM messages"), 1);
  EXPECT_EQ(store_.send(message("lobby", "after"))->message.offset(), 2);
}

// It holds the room's lock, which the second attempt needs.
TEST_F(EarlyBatchTest, MakesWayWhenThatOneIsTriedAgain) {
  database_.query("CREATE SEQUENCE attempts");
  ASSERT_NO_FATAL_FAILURE(
      send("bad", "IF nextval('attempts') = 1 THEN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END IF"));
  let_commit();
  const auto first = first_.wait();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->message.offset(), 2);
  // PostgreSQL may give the room to the second attempt before it gives it to what has waited for it: then nothing is in
  // the way, and that is stored behind.
  std::int64_t head = 2;
  for (auto& other : others_) {
    const auto stored = other.wait();
    if (stored.ok()) {
      EXPECT_EQ(stored->message.offset(), ++head);
    } else {
      EXPECT_EQ(error_reason(stored.status()), "DATABASE_UNAVAILABLE");
    }
  }
  EXPECT_THAT(head, testing::AnyOf(2, 2 + kMessages));
  EXPECT_EQ(store_.send(message("lobby", "0"))->message.offset(), 3);
}

}  // namespace
}  // namespace parley::backend
