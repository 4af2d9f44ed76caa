// Messages: what is stored, how it is read, and what becomes of repeats and of bad rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include <pqxx/transaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::int64_t> offsets(const std::vector<pb::Message>& messages) {
  std::vector<std::int64_t> found;
  found.reserve(messages.size());
  for (const pb::Message& message : messages) found.push_back(message.offset());
  return found;
}

class MessagesTest : public testing::Test {
 protected:
  void send_many(const std::string& room, int count, const std::string& body = "text") {
    std::vector<Answer<StoredMessage>> answers(static_cast<std::size_t>(count));
    for (int index = 0; index < count; ++index) {
      store_->send_message(message(room, "r" + std::to_string(++sent_), body), CallLimit(),
                           answers[static_cast<std::size_t>(index)].completion());
    }
    for (auto& answer : answers) ASSERT_TRUE(answer.wait().ok());
  }
  // A later state of a message, as an edit will make it.
  void change(const std::string& room, int offset) {
    database_.query("WITH head AS (UPDATE rooms SET last_offset = last_offset + 1 WHERE name = '" + room +
                    "' RETURNING room_id, last_offset) UPDATE messages SET change_offset = head.last_offset, body = "
                    "'changed' FROM head WHERE messages.room_id = head.room_id AND message_offset = " +
                    std::to_string(offset));
  }

  MigratedDatabase database_;
  TestStore store_{database_, {.reads = {.page_bytes_max = 100'000, .resume_changes_max = 50}}};
  int sent_ = 0;
};

TEST_F(MessagesTest, ComeBackAsTheyWereSent) {
  const std::string body = "\"quotes\" 'single' \\back\\ {braces} ,NULL, <b>é€😀</b>\n\r\t; DROP TABLE rooms; --";
  pb::SendMessageRequest request = message("lobby", "r1", body);
  request.mutable_author()->set_name("Zoë \"{,}\\");
  request.set_client_time("");
  const auto stored = store_.send(request);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_TRUE(stored->is_new);
  EXPECT_EQ(stored->message.offset(), 1);
  EXPECT_EQ(stored->message.change_offset(), 1);
  EXPECT_GT(stored->message.create_time().seconds(), 1'700'000'000);
  const auto page = store_.history({.room = "lobby"});
  ASSERT_THAT(page->messages, SizeIs(1));
  EXPECT_EQ(page->messages[0].SerializeAsString(), stored->message.SerializeAsString());
  EXPECT_EQ(page->messages[0].body(), body);
  EXPECT_EQ(page->messages[0].author().name(), "Zoë \"{,}\\");
}

TEST_F(MessagesTest, ARepeatGetsTheOriginalAndTakesNoOffset) {
  const auto first = store_.send(message("lobby", "r1", "first"));
  const auto repeat = store_.send(message("lobby", "r1", "second"));
  ASSERT_TRUE(first.ok() && repeat.ok());
  EXPECT_FALSE(repeat->is_new);
  EXPECT_EQ(repeat->message.SerializeAsString(), first->message.SerializeAsString());
  EXPECT_EQ(repeat->epoch, first->epoch);
  EXPECT_EQ(store_.send(message("lobby", "r2"))->message.offset(), 2);
  // The key is the author's, and the room's.
  EXPECT_EQ(store_.send(message("lobby", "r1", "text", "a2"))->message.offset(), 3);
  EXPECT_EQ(store_.send(message("den", "r1"))->message.offset(), 1);
}

TEST_F(MessagesTest, RepeatsInOneBatchAreOneMessage) {
  // All wait while the only commit worker is held up, and then go together.
  TestStore store(database_, {.workers = 1});
  pqxx::connection blocker(database_.connection_string());
  pqxx::work lock(blocker);
  ASSERT_TRUE(store.send(message("lobby", "warm-up")).ok());
  lock.exec("SELECT * FROM rooms FOR UPDATE");
  std::vector<Answer<StoredMessage>> answers(9);
  for (std::size_t index = 0; index < answers.size(); ++index) {
    store->send_message(message("lobby", "r" + std::to_string(index % 3)), CallLimit(), answers[index].completion());
  }
  lock.commit();
  std::set<std::int64_t> seen;
  int is_new = 0;
  for (auto& answer : answers) {
    const auto stored = answer.wait();
    ASSERT_TRUE(stored.ok()) << stored.status();
    seen.insert(stored->message.offset());
    is_new += stored->is_new ? 1 : 0;
  }
  EXPECT_THAT(seen, ElementsAre(2, 3, 4));
  EXPECT_EQ(is_new, 3);
  EXPECT_EQ(database_.number("SELECT last_offset FROM rooms"), 4);
}

TEST_F(MessagesTest, OneBadRowNeverFailsItsNeighbours) {
  TestStore store(database_, {.workers = 1});
  ASSERT_TRUE(store.send(message("lobby", "warm-up")).ok());
  pqxx::connection blocker(database_.connection_string());
  pqxx::work lock(blocker);
  lock.exec("SELECT * FROM rooms FOR UPDATE");
  std::vector<Answer<StoredMessage>> answers(7);
  for (std::size_t index = 0; index < answers.size(); ++index) {
    // The database's own checks refuse this one: validation is not in the way here.
    const std::string body = index == 3 ? std::string(5'000, 'x') : "text";
    store->send_message(message("lobby", "r" + std::to_string(index), body), CallLimit(), answers[index].completion());
  }
  lock.commit();
  for (std::size_t index = 0; index < answers.size(); ++index) {
    const auto stored = answers[index].wait();
    EXPECT_EQ(stored.ok(), index != 3) << stored.status();
    EXPECT_EQ(error_reason(stored.status()), index == 3 ? "TEXT_INVALID" : "OK");
  }
  const auto page = store.history({.room = "lobby"});
  EXPECT_THAT(offsets(page->messages), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(database_.number("SELECT last_offset FROM rooms"), 7);
}

TEST_F(MessagesTest, HistoryGoesBackPageByPage) {
  send_many("lobby", 25);
  std::vector<std::int64_t> seen;
  HistoryQuery query{.room = "lobby", .page_size = 10};
  bool has_earlier = true;
  while (has_earlier) {
    const auto page = store_.history(query);
    ASSERT_TRUE(page.ok());
    ASSERT_FALSE(page->messages.empty());
    const auto part = offsets(page->messages);
    seen.insert(seen.begin(), part.begin(), part.end());
    query.before_offset = part.front();
    has_earlier = page->has_earlier;
  }
  ASSERT_THAT(seen, SizeIs(25));
  for (std::size_t index = 0; index < seen.size(); ++index) {
    EXPECT_EQ(seen[index], static_cast<std::int64_t>(index) + 1);
  }
}

TEST_F(MessagesTest, APageEndsAtItsBytes) {
  send_many("lobby", 10, std::string(4'000, 'x'));
  send_many("den", 40, [] {
    std::string body;
    for (int count = 0; count < 4'000; ++count) body += "€";
    return body;
  }());
  EXPECT_THAT(store_.history({.room = "lobby", .page_size = 500})->messages, SizeIs(10));
  const auto page = store_.history({.room = "den", .page_size = 500});
  EXPECT_THAT(offsets(page->messages), ElementsAre(33, 34, 35, 36, 37, 38, 39, 40));  // 8 times 12,000 bytes
  EXPECT_TRUE(page->has_earlier);
}

TEST_F(MessagesTest, ALargerMessageThanAPageStillComes) {
  TestStore store(database_, {.reads = {.page_bytes_max = 10}});
  send_many("lobby", 2, "longer than ten bytes");
  const auto page = store.history({.room = "lobby"});
  EXPECT_THAT(offsets(page->messages), ElementsAre(2));
  EXPECT_TRUE(page->has_earlier);
}

TEST_F(MessagesTest, ARoomThatNobodyMadeIsEmpty) {
  EXPECT_THAT(store_.history({.room = "nobody"})->messages, IsEmpty());
  const auto resumed = store_.resume("nobody");
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ(resumed->head.offset(), 0);
  EXPECT_FALSE(resumed->head.epoch().empty());
  EXPECT_EQ(database_.number("SELECT count(*) FROM rooms"), 0);
  // Its position stays valid when somebody makes it.
  send_many("nobody", 2);
  const auto later = store_.resume("nobody", resumed->head);
  EXPECT_FALSE(later->reset);
  EXPECT_THAT(offsets(later->messages), ElementsAre(1, 2));
}

TEST_F(MessagesTest, ResumeBringsWhatChangedInTheOrderOfTheChanges) {
  send_many("lobby", 5);
  pb::StreamPosition position = store_.resume("lobby")->head;
  position.set_offset(3);
  change("lobby", 2);
  change("lobby", 5);
  change("lobby", 2);
  const auto resumed = store_.resume("lobby", position);
  EXPECT_FALSE(resumed->reset);
  EXPECT_EQ(resumed->head.offset(), 8);
  EXPECT_THAT(offsets(resumed->messages), ElementsAre(4, 5, 2));
  EXPECT_EQ(resumed->messages.back().change_offset(), 8);
  EXPECT_EQ(resumed->messages.back().body(), "changed");
}

TEST_F(MessagesTest, ResumeIsAResetWhereAHoleWouldBe) {
  send_many("lobby", 60);
  const pb::StreamPosition head = store_.resume("lobby")->head;
  const auto reset_from = [&](const std::string& epoch, std::int64_t offset) {
    pb::StreamPosition position;
    position.set_epoch(epoch);
    position.set_offset(offset);
    return store_.resume("lobby", position, 10);
  };
  EXPECT_FALSE(reset_from(head.epoch(), 60)->reset);
  EXPECT_FALSE(reset_from(head.epoch(), 10)->reset);  // 50 changes: the limit
  for (const auto& [epoch, offset] : {std::pair(head.epoch(), 9), {head.epoch(), 61}, {std::string("other"), 60}}) {
    const auto resumed = reset_from(epoch, offset);
    EXPECT_TRUE(resumed->reset) << epoch << offset;
    EXPECT_THAT(offsets(resumed->messages), ElementsAre(51, 52, 53, 54, 55, 56, 57, 58, 59, 60));
    EXPECT_TRUE(resumed->has_earlier);
    EXPECT_EQ(resumed->head.offset(), 60);
  }
  EXPECT_TRUE(store_.resume("lobby")->reset);
}

TEST_F(MessagesTest, ANewEpochResetsEverybody) {
  send_many("lobby", 3);
  const pb::StreamPosition head = store_.resume("lobby")->head;
  database_.query("SELECT begin_new_epoch()");
  const auto resumed = store_.resume("lobby", head);
  EXPECT_TRUE(resumed->reset);
  EXPECT_NE(resumed->head.epoch(), head.epoch());
}

TEST_F(MessagesTest, ManyBytesOfChangesComeInPages) {
  send_many("lobby", 40, std::string(4'000, 'x'));
  pb::StreamPosition position = store_.resume("lobby")->head;
  position.set_offset(0);
  EXPECT_TRUE(store_.resume("lobby", position)->reset);
  std::vector<std::int64_t> seen;
  ChangesPage page;
  do {
    page = *store_.changes("lobby", position);
    ASSERT_FALSE(page.reset);
    for (const std::int64_t offset : offsets(page.messages)) seen.push_back(offset);
    position.set_offset(page.complete_to);
  } while (page.complete_to < page.head.offset());
  EXPECT_THAT(seen, SizeIs(40));
}

TEST_F(MessagesTest, TimesFollowTheOffsets) {
  send_many("lobby", 50);
  EXPECT_EQ(database_.number("SELECT count(*) FROM (SELECT create_time < lag(create_time) OVER (ORDER BY "
                             "message_offset) AS back FROM messages) AS m WHERE back"),
            0);
}

}  // namespace
}  // namespace parley::backend
