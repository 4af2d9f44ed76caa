// Which messages share a commit, and who waits for whom.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include <pqxx/transaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

// Holds the room's row, as another backend does while it commits.
class HeldRoom {
 public:
  HeldRoom(const TestDatabase& database, const std::string& room) : connection_(database.connection_string()) {
    transaction_.exec("SELECT FROM rooms WHERE name = '" + room + "' FOR UPDATE");
  }
  void let_go() { transaction_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work transaction_{connection_};
};

TEST(GroupCommitTest, WhatWaitsSharesACommitWhateverItsRoom) {
  constexpr int kMessages = 200;
  constexpr int kRooms = 20;
  MigratedDatabase database;
  TestStore store(database, {.workers = 4});
  for (int room = 0; room < kRooms; ++room) ASSERT_TRUE(store.send(message("r" + std::to_string(room), "first")).ok());
  HeldRoom held(database, "r0");
  std::vector<Answer<StoredMessage>> answers(kMessages);
  for (int index = 0; index < kMessages; ++index) {
    store->send_message(message("r" + std::to_string(index % kRooms), std::to_string(index)), CallLimit(),
                        answers[static_cast<std::size_t>(index)].completion());
  }
  held.let_go();
  for (auto& answer : answers) ASSERT_TRUE(answer.wait().ok());
  EXPECT_LT(database.number("SELECT count(DISTINCT xmin::text) FROM messages WHERE request_id <> 'first'"), 20);
}

TEST(GroupCommitTest, ARoomThatIsHeldDoesNotHoldTheOthers) {
  MigratedDatabase database;
  TestStore store(database, {.workers = 4});
  ASSERT_TRUE(store.send(message("held", "first")).ok());
  ASSERT_TRUE(store.send(message("free", "first")).ok());
  HeldRoom held(database, "held");
  Answer<StoredMessage> waiting;
  store->send_message(message("held", "r1"), CallLimit(), waiting.completion());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(store.send(message("free", "r1")).ok());
  held.let_go();
  EXPECT_TRUE(waiting.wait().ok());
}

// What a gateway has sent behind a message that cannot be stored now must not be stored before it.
TEST(GroupCommitTest, AFailureIsToldBeforeTheNextMessageOfTheRoomIsStored) {
  MigratedDatabase database;
  database.query(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; "
      "END $$");
  database.query(
      "CREATE TRIGGER refusing BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.body = 'bad') EXECUTE FUNCTION "
      "refuse()");
  TestStore store(database, {.workers = 4, .batch_messages_max = 1});
  for (int round = 0; round < 20; ++round) {
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    Answer<StoredMessage> second;
    store->send_message(message("lobby", "bad", "bad"), CallLimit(), [&](const absl::StatusOr<StoredMessage>& stored) {
      EXPECT_EQ(error_reason(stored.status()), "DATABASE_UNAVAILABLE");
      cancelled->store(true);
    });
    store->send_message(message("lobby", "good"), CallLimit{.deadline = CallLimit().deadline, .cancelled = cancelled},
                        second.completion());
    EXPECT_EQ(second.wait().status().code(), absl::StatusCode::kDeadlineExceeded);
  }
  EXPECT_EQ(database.number("SELECT count(*) FROM messages"), 0);
}

// Many batches under way, their answers told by several threads in turn.
TEST(GroupCommitTest, AnswersOfARoomComeInTheOrderOfItsOffsets) {
  constexpr int kMessages = 2'000;
  MigratedDatabase database;
  TestStore store(database, {.workers = 6, .batch_messages_max = 16});
  std::mutex mutex;
  std::map<std::string, std::int64_t> last;
  Answer<StoredMessage> end;
  int answered = 0;
  for (int index = 0; index < kMessages; ++index) {
    const std::string room = "r" + std::to_string(index % 3);
    store->send_message(message(room, std::to_string(index)), CallLimit(),
                        [&, room, done = end.completion()](absl::StatusOr<StoredMessage> stored) mutable {
                          ASSERT_TRUE(stored.ok()) << stored.status();
                          const std::scoped_lock lock(mutex);
                          EXPECT_EQ(stored->message.offset(), ++last[room]);
                          if (++answered == kMessages) done(std::move(stored));
                        });
  }
  EXPECT_TRUE(end.wait().ok());
}

}  // namespace
}  // namespace parley::backend
