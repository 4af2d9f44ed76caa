// Invariants 1 to 3 under concurrent writers.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <pqxx/nontransaction>
#include <pqxx/transaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

// A reader that has seen offset n must be able to see everything up to n, in each single snapshot.
void read_until_stopped(const TestDatabase& database, const std::string& room, const std::atomic<bool>& stopping,
                        std::atomic<int>& reads) {
  pqxx::connection connection(database.connection_string());
  std::int64_t position = 0;
  while (!stopping) {
    const std::string select = "SELECT message_offset FROM messages JOIN rooms USING (room_id) WHERE name = '" + room +
                               "' AND change_offset > " + std::to_string(position) + " ORDER BY change_offset";
    for (const pqxx::row& row : pqxx::nontransaction(connection).exec(select)) {
      const auto offset = row[0].as<std::int64_t>();
      ASSERT_EQ(offset, position + 1) << "a reader skipped a change";
      position = offset;
    }
    ++reads;
  }
}

TEST(OrderingTest, SixteenWritersLeaveNoGapAndReadersSkipNothing) {
  constexpr int kWriters = 16;
  constexpr int kMessagesPerWriter = 100;
  const std::string rooms[] = {"hot", "warm", "cold"};
  MigratedDatabase database;
  TestStore first(database, {.workers = 4, .batch_messages_max = 8});
  TestStore second(database, {.workers = 4, .batch_messages_max = 8});
  std::atomic<bool> stopping = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> readers;
  for (const std::string& room : rooms) {
    readers.emplace_back([&, room] { read_until_stopped(database, room, stopping, reads); });
  }
  std::mutex mutex;
  std::map<std::string, std::set<std::int64_t>> given;
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      TestStore& store = writer % 2 == 0 ? first : second;
      for (int count = 0; count < kMessagesPerWriter; ++count) {
        const std::string& room = rooms[count % 10 < 6 ? 0 : count % 10 < 9 ? 1 : 2];
        const auto stored =
            store.send(message(room, std::to_string(count), "text", "writer-" + std::to_string(writer)));
        ASSERT_TRUE(stored.ok()) << stored.status();
        const std::scoped_lock lock(mutex);
        EXPECT_TRUE(given[room].insert(stored->message.offset()).second) << "an offset was given twice";
      }
    });
  }
  for (std::thread& thread : writers) thread.join();
  stopping = true;
  for (std::thread& thread : readers) thread.join();
  EXPECT_GT(reads, 10);
  for (const std::string& room : rooms) {
    EXPECT_EQ(*given[room].rbegin(), static_cast<std::int64_t>(given[room].size())) << "a gap in " << room;
    EXPECT_EQ(database.number("SELECT last_offset FROM rooms WHERE name = '" + room + "'"),
              static_cast<std::int64_t>(given[room].size()));
  }
}

TEST(OrderingTest, BatchesOfManyRoomsDoNotDeadlock) {
  MigratedDatabase database;
  {
    TestStore first(database, {.workers = 2});
    TestStore second(database, {.workers = 2});
    // In waves, so that each batch is of many rooms.
    for (int wave = 0; wave < 50; ++wave) {
      std::vector<Answer<StoredMessage>> answers(40);
      for (std::size_t index = 0; index < answers.size(); ++index) {
        TestStore& store = index % 2 == 0 ? first : second;
        // The rooms come in opposite orders, and are made on the way.
        const std::size_t room = index % 2 == 0 ? index / 2 : 19 - index / 2;
        store->send_message(message("room-" + std::to_string(room), std::to_string(wave) + "-" + std::to_string(index)),
                            CallLimit(), answers[index].completion());
      }
      for (auto& answer : answers) EXPECT_TRUE(answer.wait().ok());
    }
  }
  EXPECT_EQ(database.number("SELECT count(*) FROM messages"), 2'000);
  EXPECT_EQ(database.number("SELECT sum(last_offset) FROM rooms"), 2'000);
  // The sessions have told their statistics when they ended.
  EXPECT_TRUE(eventually([&] {
    return database.number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()") > 50;
  }));
  EXPECT_EQ(database.number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 0);
}

TEST(OrderingTest, ConcurrentRepeatsAreOneMessage) {
  MigratedDatabase database;
  TestStore first(database, {.workers = 4});
  TestStore second(database, {.workers = 4});
  for (int round = 0; round < 20; ++round) {
    std::vector<Answer<StoredMessage>> answers(16);
    for (std::size_t index = 0; index < answers.size(); ++index) {
      TestStore& store = index % 2 == 0 ? first : second;
      store->send_message(message("lobby", "round-" + std::to_string(round)), CallLimit(), answers[index].completion());
    }
    int is_new = 0;
    for (auto& answer : answers) {
      const auto stored = answer.wait();
      ASSERT_TRUE(stored.ok()) << stored.status();
      EXPECT_EQ(stored->message.offset(), round + 1);
      is_new += stored->is_new ? 1 : 0;
    }
    EXPECT_EQ(is_new, 1);
  }
}

// Sessions are killed all the time; what was acknowledged is there, and a retry brings no double.
TEST(OrderingTest, WhatIsAcknowledgedSurvivesTheLossOfConnections) {
  constexpr int kWriters = 8;
  MigratedDatabase database;
  TestStore store(database, {.workers = 4, .batch_messages_max = 16});
  std::atomic<bool> stopping = false;
  std::atomic<int> killed = 0;
  std::thread killer([&] {
    while (!stopping) {
      // A machine that is slow may not see any that writes: at least one that has committed.
      killed += database.terminate_sessions(killed == 0 ? "COMMIT" : "messages");
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
  });
  std::mutex mutex;
  std::map<std::string, std::int64_t> acknowledged;
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int count = 0; count < 60; ++count) {
        const std::string request_id = std::to_string(writer) + "-" + std::to_string(count);
        absl::StatusOr<StoredMessage> stored;
        bool is_done = false;
        for (int attempt = 0; attempt < 500 && !is_done; ++attempt) {
          stored = store.send(message("lobby", request_id));
          is_done = stored.ok();
          ASSERT_TRUE(is_done || is_retryable(stored.status())) << stored.status();
        }
        ASSERT_TRUE(is_done) << stored.status();
        const std::scoped_lock lock(mutex);
        acknowledged[request_id] = stored->message.offset();
      }
    });
  }
  for (std::thread& thread : writers) thread.join();
  stopping = true;
  killer.join();
  EXPECT_GT(killed, 0);
  for (const auto& [request_id, offset] : acknowledged) {
    EXPECT_EQ(database.number("SELECT coalesce(max(message_offset), 0) FROM messages WHERE request_id = '" +
                              request_id + "'"),
              offset);
  }
  EXPECT_EQ(database.number("SELECT count(*) FROM messages"), kWriters * 60);
  EXPECT_EQ(database.number("SELECT max(message_offset) FROM messages"), kWriters * 60);
}

}  // namespace
}  // namespace parley::backend
