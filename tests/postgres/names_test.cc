// A name that one author uses in a room is no other's: alone, in one batch, and in a crowd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <pqxx/connection>
#include <pqxx/transaction>

#include "backend/postgres/connection_writer.h"
#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

constexpr const char* kDoubled =
    "SELECT count(*) FROM (SELECT 1 FROM connections GROUP BY room_id, name_key(author_name) "
    "HAVING count(DISTINCT author_id) > 1) AS doubled";

class NamesTest : public testing::Test {
 protected:
  // The name that the author got.
  std::string enter(const std::string& author_id, const std::string& name, const std::string& room = "lobby") {
    const auto stored = store_.connect("g1", "c-" + std::to_string(++connections_), room, author_id, name);
    EXPECT_TRUE(stored.ok()) << stored.status();
    return stored.ok() ? stored->author.name() : "";
  }
  std::string rename(const std::string& connection_id, const std::string& name) {
    pb::SetNameRequest request;
    request.set_connection_id(connection_id);
    request.set_room("lobby");
    request.set_name(name);
    Answer<pb::Author> answer;
    store_->set_name(request, CallLimit(), answer.completion());
    const auto author = answer.wait();
    return author.ok() ? author->name() : std::string(error_reason(author.status()));
  }
  static pb::SendMessageRequest message_of(const std::string& author_id, const std::string& name,
                                           const std::string& request_id, const std::string& room = "lobby") {
    pb::SendMessageRequest request = message(room, request_id, "text", author_id);
    request.mutable_author()->set_name(name);
    return request;
  }
  // The name under which the message is stored, or why it is not.
  std::string write(const pb::SendMessageRequest& request) {
    const auto stored = store_.send(request);
    return stored.ok() ? stored->message.author().name() : std::string(error_reason(stored.status()));
  }
  void leave(const std::string& connection_id) {
    pb::DisconnectRequest request;
    request.set_connection_id(connection_id);
    request.set_room("lobby");
    Answer<RemovedConnection> answer;
    store_->disconnect(request, CallLimit(), answer.completion());
    EXPECT_TRUE(answer.wait()->existed);
  }

  MigratedDatabase database_;
  TestStore store_{database_};
  int connections_ = 0;
};

TEST_F(NamesTest, ANameInUseGivesWayToOneLikeIt) {
  EXPECT_EQ(enter("a1", "Ann"), "Ann");
  EXPECT_EQ(enter("a1", "Ann"), "Ann") << "one's own, in another tab";
  EXPECT_EQ(enter("a2", "Ann"), "Ann 2");
  EXPECT_EQ(enter("a3", "Ann"), "Ann 3");
  EXPECT_EQ(enter("a4", "Ann 2"), "Ann 4");
  EXPECT_EQ(enter("a5", "Anna"), "Anna");
  EXPECT_EQ(enter("a2", "Ann", "attic"), "Ann") << "another room";
}

TEST_F(NamesTest, ANameIsFreeAgainWhenItsAuthorHasGone) {
  enter("a1", "Ann");
  enter("a1", "Ann");
  leave("c-1");
  EXPECT_EQ(enter("a2", "Ann"), "Ann 2");
  leave("c-2");
  EXPECT_EQ(enter("a3", "Ann"), "Ann");
}

TEST_F(NamesTest, WhatLooksTheSameIsTheSame) {
  enter("a1", "Ann");
  EXPECT_EQ(enter("a2", "ANN"), "ANN 2");
  EXPECT_EQ(enter("a3", "\xef\xbc\xa1nn"), "Ann 3") << "a wide A";
  enter("b1", "Zo\xc3\xab");
  EXPECT_EQ(enter("b2", "ZOE\xcc\x88"), "ZO\xc3\x8b 2") << "an accent of its own";
  EXPECT_EQ(enter("a4",
                  "Ann\xc2\xa0"
                  "3"),
            "Ann 4")
      << "a space that does not break, and a name that was given";
  EXPECT_EQ(database_.number(kDoubled), 0);
}

TEST_F(NamesTest, ALongNameGivesWayToAGuests) {
  const std::string longest(40, 'x');
  EXPECT_EQ(enter("a1", longest), longest);
  EXPECT_THAT(enter("a2", longest), StartsWith("Guest-"));
}

TEST_F(NamesTest, ARepeatedConnectKeepsTheNameThatItGot) {
  enter("a1", "Ann");
  EXPECT_EQ(store_.connect("g1", "x", "lobby", "a2", "Ann")->author.name(), "Ann 2");
  leave("c-1");
  const auto repeat = store_.connect("g1", "x", "lobby", "a2", "Ann");
  EXPECT_FALSE(repeat->is_new);
  EXPECT_EQ(repeat->author.name(), "Ann 2");
}

TEST_F(NamesTest, RenamingToANameInUseIsRefused) {
  enter("a1", "Ann");
  enter("a2", "Bo");
  EXPECT_EQ(rename("c-2", "Ann"), "NAME_IN_USE");
  EXPECT_EQ(rename("c-2", "aNN"), "NAME_IN_USE");
  EXPECT_EQ(rename("c-2", "BO"), "BO") << "one's own";
  EXPECT_EQ(rename("c-2", "Ann 2"), "Ann 2");
  EXPECT_EQ(rename("c-1", "Anna"), "Anna");
  EXPECT_EQ(rename("c-2", "Ann"), "Ann");
  EXPECT_EQ(rename("c-9", "Cy"), "CONNECTION_NOT_FOUND");
  EXPECT_EQ(database_.number("SELECT count(*) FROM connections WHERE author_name = 'Ann' AND author_id = 'a2'"), 1);
}

// Whoever opens many connections under one name, or under many of its family, keeps others from none but those.
TEST_F(NamesTest, ACrowdOfOneAuthorTakesNoNameButItsOwn) {
  enter("a1", "Bo");
  database_.query(
      "INSERT INTO connections (room_id, connection_id, gateway_id, author_id, author_name) SELECT room_id, 'x-' || n, "
      "'g1', 'crowd', CASE WHEN n <= 250 THEN 'Ann' ELSE 'Cy ' || n - 249 END FROM rooms, generate_series(1, 500) n");
  EXPECT_EQ(rename("c-1", "Ann 2"), "Ann 2");
  EXPECT_EQ(enter("a2", "Ann"), "Ann 3");
  EXPECT_EQ(rename("c-1", "Ann"), "NAME_IN_USE");
  EXPECT_EQ(rename("c-1", "Cy"), "Cy");
  EXPECT_THAT(enter("a3", "Cy"), StartsWith("Guest-")) << "all numbers are the crowd's";
}

TEST_F(NamesTest, AMessageUnderANameInUseIsRefused) {
  enter("a1", "Ann");
  EXPECT_EQ(enter("a2", "Ann", "attic"), "Ann") << "free there";
  EXPECT_EQ(write(message_of("a2", "Ann", "r1")), "NAME_IN_USE");
  EXPECT_EQ(write(message_of("a2", "aNN", "r2")), "NAME_IN_USE");
  EXPECT_EQ(write(message_of("a2", "Ann", "r3", "attic")), "Ann") << "where it is free";
  EXPECT_EQ(write(message_of("a2", "Ann 2", "r4")), "Ann 2") << "another name";
  EXPECT_EQ(write(message_of("a1", "ann", "r5")), "ann") << "one's own";
  pb::SendMessageRequest held = message_of("a2", "Ann", "r6");
  held.set_name_is_held(true);
  EXPECT_EQ(write(held), "Ann") << "not asked";
  EXPECT_EQ(write(message_of("a2", "Anna", "r1")), "Anna") << "the key of a refused message is free";
  leave("c-1");
  EXPECT_EQ(write(message_of("a2", "Ann", "r7")), "Ann") << "nobody's any more";
  EXPECT_EQ(database_.number("SELECT count(*) FROM messages JOIN rooms USING (room_id) WHERE name = 'lobby'"), 5);
  EXPECT_EQ(database_.number("SELECT last_offset FROM rooms WHERE name = 'lobby'"), 5) << "a refusal takes no offset";
}

TEST_F(NamesTest, WhatWasStoredBeforeTheNameWasTakenIsARepeat) {
  enter("a1", "Bo");
  const auto first = store_.send(message_of("a2", "Ann", "r1"));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(rename("c-1", "Ann"), "Ann");
  const auto repeat = store_.send(message_of("a2", "Ann", "r1"));
  ASSERT_TRUE(repeat.ok()) << repeat.status();
  EXPECT_FALSE(repeat->is_new);
  EXPECT_EQ(repeat->message.offset(), first->message.offset());
}

TEST_F(NamesTest, ARefusedMessageStopsNoneOfItsBatch) {
  enter("a1", "Ann");
  TestStore store(database_, {.workers = 1});
  ASSERT_TRUE(store.send(message_of("a3", "Cy", "warm-up")).ok());
  pqxx::connection blocker(database_.connection_string());
  pqxx::work lock(blocker);
  lock.exec("SELECT * FROM rooms FOR UPDATE");
  // Among them one message twice, and one that was stored before.
  const std::vector<std::pair<pb::SendMessageRequest, std::string_view>> sent = {
      {message_of("a1", "Ann", "r1"), "OK"},
      {message_of("a2", "Ann", "r2"), "NAME_IN_USE"},
      {message_of("a2", "Ann", "r2"), "NAME_IN_USE"},
      {message_of("a2", "Ann", "r3", "attic"), "OK"},
      {message_of("a3", "Cy", "warm-up"), "OK"},
      {message_of("a3", "ANN", "r4"), "NAME_IN_USE"},
      {message_of("a3", "Cy", "r5"), "OK"}};
  std::vector<Answer<StoredMessage>> answers(sent.size());
  for (std::size_t index = 0; index < sent.size(); ++index) {
    store->send_message(sent[index].first, CallLimit(), answers[index].completion());
  }
  lock.commit();
  for (std::size_t index = 0; index < sent.size(); ++index) {
    EXPECT_EQ(error_reason(answers[index].wait().status()), sent[index].second) << index;
  }
  EXPECT_EQ(database_.number("SELECT count(*) FROM messages"), 4);
}

TEST_F(NamesTest, InsideABatchTheFirstGetsIt) {
  const SystemClock clock;
  std::ostringstream log;
  const Logger logger("test", LogLevel::kError, clock, log);
  DatabaseMetrics metrics;
  Session session(database_.connection_string(), clock, logger, metrics);
  std::vector<PendingConnect> connects(5);
  const char* authors[] = {"a1", "a2", "a1", "a3", "a2"};
  const char* names[] = {"Ann", "Ann", "ann", "Ann 2", "Bo"};
  for (std::size_t index = 0; index < connects.size(); ++index) {
    pb::ConnectRequest& request = connects[index].request;
    request.set_gateway_id("g1");
    request.set_connection_id("c-" + std::to_string(index));
    request.set_room("lobby");
    request.mutable_author()->set_author_id(authors[index]);
    request.mutable_author()->set_name(names[index]);
  }
  std::vector<std::string> given;
  for (const auto& stored : write_connects(session, connects, std::chrono::seconds(15))) {
    ASSERT_TRUE(stored.ok()) << stored.status();
    given.push_back(stored->author.name());
  }
  EXPECT_THAT(given, ElementsAre("Ann", "Ann 2", "ann", "Ann 3", "Bo"));
  EXPECT_EQ(database_.number(kDoubled), 0);
}

// Two backends, many authors, few names, at the same time: connects in batches and renames one by one.
TEST_F(NamesTest, InACrowdNoNameIsDoubled) {
  constexpr int kAuthors = 60;
  TestStore other(database_);
  std::vector<Answer<StoredConnection>> entered(kAuthors);
  for (int author = 0; author < kAuthors; ++author) {
    pb::ConnectRequest request;
    request.set_gateway_id("g" + std::to_string(author % 2));
    request.set_connection_id("c-" + std::to_string(author));
    request.set_room("lobby");
    request.mutable_author()->set_author_id("a-" + std::to_string(author));
    request.mutable_author()->set_name(author % 3 == 0 ? "Ann" : "ANN 2");
    (author % 2 == 0 ? store_ : other)->connect(request, CallLimit(), entered[author].completion());
  }
  for (auto& answer : entered) EXPECT_TRUE(answer.wait().ok());
  std::vector<Answer<pb::Author>> renamed(kAuthors);
  for (int author = 0; author < kAuthors; ++author) {
    pb::SetNameRequest request;
    request.set_connection_id("c-" + std::to_string(author));
    request.set_room("lobby");
    request.set_name("Bo " + std::to_string(author % 7));
    (author % 2 == 0 ? other : store_)->set_name(request, CallLimit(), renamed[author].completion());
  }
  int granted = 0;
  for (auto& answer : renamed) granted += answer.wait().ok() ? 1 : 0;
  EXPECT_EQ(granted, 7);
  EXPECT_EQ(database_.number("SELECT count(*) FROM connections"), kAuthors);
  EXPECT_EQ(database_.number(kDoubled), 0);
}

}  // namespace
}  // namespace parley::backend
