// Which messages share a commit, and who waits for whom.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

// What an operator sees of it.
TEST(GroupCommitTest, WorkAndWhatWaitsForItIsCounted) {
  constexpr int kMessages = 50;
  MigratedDatabase database;
  TestStore store(database, {.workers = 1, .batch_messages_max = 10});
  ASSERT_TRUE(store.send(message("lobby", "first")).ok());
  EXPECT_EQ(store->messages_waiting(), 0U);
  HeldRoom held(database, "lobby");
  std::vector<Answer<StoredMessage>> answers(kMessages);
  for (int index = 0; index < kMessages; ++index) {
    store->send_message(message("lobby", std::to_string(index)), CallLimit(),
                        answers[static_cast<std::size_t>(index)].completion());
  }
  Answer<HistoryPage> read;
  store->read_history({.room = "lobby"}, CallLimit(), read.completion());
  // The one worker waits for the room; all that came later waits for the worker.
  EXPECT_TRUE(eventually([&store] {
    return store->metrics().busy.value() == 1 && store->messages_waiting() > 0 && store->requests_waiting() > 0;
  }));
  held.let_go();
  for (auto& answer : answers) ASSERT_TRUE(answer.wait().ok());
  ASSERT_TRUE(read.wait().ok());
  EXPECT_EQ(store->messages_waiting(), 0U);
  const std::uint64_t commits = store->metrics().batch_messages.value().count();
  EXPECT_GE(commits, 6U);
  EXPECT_EQ(store->metrics().batch_messages.value().sum, kMessages + 1U);
  EXPECT_EQ(store->metrics().batch_duration.value().count(), commits);
  EXPECT_GT(store->metrics().batch_duration.value().sum, 0U);
  EXPECT_GE(store->metrics().jobs.value().count(), commits);
  EXPECT_GE(store->metrics().queue_wait.value().count(), commits);
}

TEST(GroupCommitTest, ARoomThatIsHeldDoesNotHoldTheOthers) {
  MigratedDatabase database;
  TestStore store(database, {.workers = 4});
  ASSERT_TRUE(store.send(message("held", "first")).ok());
  ASSERT_TRUE(store.send(message("free", "first")).ok());
  HeldRoom held(database, "held");
  Answer<StoredMessage> waiting;
  store->send_message(message("held", "r1"), CallLimit(), waiting.completion());
  ASSERT_TRUE(eventually([&database] { return database.waiting_sessions() == 1; }));
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

// Holds a gateway's row, as the one that ends an unanswered connection does.
class HeldGateway {
 public:
  HeldGateway(const TestDatabase& database, const std::string& gateway_id) : connection_(database.connection_string()) {
    transaction_.exec("SELECT FROM gateways WHERE gateway_id = '" + gateway_id + "' FOR UPDATE");
  }
  void let_go() { transaction_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work transaction_{connection_};
};

pb::ConnectRequest connect_request(const std::string& connection_id, const std::string& room,
                                   const std::string& name = "Ann") {
  pb::ConnectRequest request;
  request.set_gateway_id("g1");
  request.set_connection_id(connection_id);
  request.set_room(room);
  request.mutable_author()->set_author_id("author-" + connection_id);
  request.mutable_author()->set_name(name);
  return request;
}

class ConnectTogetherTest : public testing::Test {
 protected:
  // What is asked for before let_go() waits, and is stored together.
  ConnectTogetherTest() {
    EXPECT_TRUE(store_.connect("g1", "first", "lobby", "a1", "Ann").ok());
    held_.emplace(database_, "g1");
    store_->connect(connect_request("second", "lobby"), CallLimit(), second_.completion());
  }
  void let_go() {
    held_->let_go();
    EXPECT_TRUE(second_.wait().ok());
  }

  MigratedDatabase database_;
  TestStore store_{database_, {.workers = 3}};
  Answer<StoredConnection> second_;
  std::optional<HeldGateway> held_;
};

TEST_F(ConnectTogetherTest, SharesACommitWhateverTheRoom) {
  constexpr int kConnections = 100;
  std::vector<Answer<StoredConnection>> answers(kConnections);
  for (int index = 0; index < kConnections; ++index) {
    const std::string number = std::to_string(index);
    store_->connect(connect_request("c" + number, "r" + std::to_string(index % 10)), CallLimit(),
                    answers[static_cast<std::size_t>(index)].completion());
  }
  let_go();
  for (int index = 0; index < kConnections; ++index) {
    const auto stored = answers[static_cast<std::size_t>(index)].wait();
    ASSERT_TRUE(stored.ok()) << stored.status();
    EXPECT_TRUE(stored->is_new);
    EXPECT_EQ(stored->author.author_id(), "author-c" + std::to_string(index));
  }
  EXPECT_EQ(database_.number("SELECT count(*) FROM connections WHERE connection_id LIKE 'c%'"), kConnections);
  EXPECT_LE(database_.number("SELECT count(DISTINCT xmin::text) FROM connections WHERE connection_id LIKE 'c%'"), 3);
}

TEST_F(ConnectTogetherTest, OfTwoAttemptsOneIsNew) {
  Answer<StoredConnection> once, twice, elsewhere;
  store_->connect(connect_request("c1", "lobby", "Dora"), CallLimit(), once.completion());
  store_->connect(connect_request("c1", "lobby", "Bo"), CallLimit(), twice.completion());
  store_->connect(connect_request("c1", "attic", "Cy"), CallLimit(), elsewhere.completion());
  let_go();
  const auto first = once.wait(), repeat = twice.wait(), other = elsewhere.wait();
  EXPECT_TRUE(first->is_new);
  EXPECT_FALSE(repeat->is_new);
  EXPECT_EQ(repeat->author.name(), "Dora");
  EXPECT_TRUE(other->is_new);
  EXPECT_EQ(other->author.name(), "Cy");
}

TEST_F(ConnectTogetherTest, WhatIsRefusedFailsAlone) {
  std::vector<Answer<StoredConnection>> answers(7);
  for (std::size_t index = 0; index < answers.size(); ++index) {
    const std::string name = index == 4 ? "\xff" : "Ann";
    store_->connect(connect_request("c" + std::to_string(index), "lobby", name), CallLimit(),
                    answers[index].completion());
  }
  let_go();
  for (std::size_t index = 0; index < answers.size(); ++index) {
    EXPECT_EQ(answers[index].wait().ok(), index != 4) << index;
  }
}

TEST_F(ConnectTogetherTest, OneThatHasEndedIsNotStoredAndTheOthersAre) {
  database_.query("INSERT INTO ended_connections (room_id, connection_id) SELECT room_id, 'c1' FROM rooms");
  Answer<StoredConnection> ended, other;
  store_->connect(connect_request("c1", "lobby"), CallLimit(), ended.completion());
  store_->connect(connect_request("c2", "lobby"), CallLimit(), other.completion());
  let_go();
  EXPECT_EQ(error_reason(ended.wait().status()), "CONNECTION_ENDED");
  EXPECT_TRUE(other.wait()->is_new);
}

TEST(DisconnectTogetherTest, TellsEachWhetherItWasThere) {
  constexpr int kConnections = 50;
  MigratedDatabase database;
  TestStore store(database, {.workers = 3});
  for (int index = 0; index < kConnections; index += 2) {
    ASSERT_TRUE(store.connect("g1", "c" + std::to_string(index), "lobby", "a1", "Ann").ok());
  }
  ASSERT_TRUE(store.connect("g1", "c1", "attic", "a1", "Ann").ok());
  std::vector<Answer<RemovedConnection>> answers(kConnections);
  for (int index = 0; index < kConnections; ++index) {
    pb::DisconnectRequest request;
    request.set_connection_id("c" + std::to_string(index));
    request.set_room("lobby");
    store->disconnect(request, CallLimit(), answers[static_cast<std::size_t>(index)].completion());
  }
  for (int index = 0; index < kConnections; ++index) {
    EXPECT_EQ(answers[static_cast<std::size_t>(index)].wait()->existed, index % 2 == 0) << index;
  }
  EXPECT_EQ(database.number("SELECT count(*) FROM connections"), 1);
}

}  // namespace
}  // namespace parley::backend
