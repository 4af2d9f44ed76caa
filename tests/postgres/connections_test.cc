// Connections, leases, the reaper, presence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <pqxx/transaction>

#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class ConnectionsTest : public testing::Test {
 protected:
  std::int64_t connections() const { return database_.number("SELECT count(*) FROM connections"); }
  // Time passes for a gateway's lease; the database's clock is the only one that counts.
  void lapse(const std::string& gateway_id) const {
    database_.query("UPDATE gateways SET lease_expire_time = now() - interval '1 ms' WHERE gateway_id = '" +
                    gateway_id + "'");
  }
  static void admit(TestStore& store, const std::string& gateway_id, const std::string& connection_id,
                    const std::string& room = "lobby", const std::string& author_id = "a1",
                    const std::string& name = "Ann") {
    const auto stored = store.connect(gateway_id, connection_id, room, author_id, name);
    EXPECT_TRUE(stored.ok()) << stored.status();
  }
  // Says hello, and knows the answer: returns the lease's number.
  static std::int64_t hello(TestStore& store, const std::string& gateway_id) {
    const auto lease = store.take_lease(gateway_id);
    EXPECT_TRUE(lease.ok()) << lease.status();
    EXPECT_EQ(*store.renew_lease(gateway_id, lease->lease_number), Renewal::kRenewed);
    return lease->lease_number;
  }
  pb::Presence presence(const std::string& room) {
    Answer<Store::Presences> answer;
    store_->read_presence({room}, answer.completion());
    return (*answer.wait())[room];
  }
  // `gateway_id`: see DisconnectRequest.
  absl::StatusOr<RemovedConnection> disconnect(const std::string& connection_id, const std::string& gateway_id = "",
                                               const std::string& room = "lobby") {
    Answer<RemovedConnection> answer;
    begin_to_disconnect(connection_id, gateway_id, room, answer);
    return answer.wait();
  }
  void begin_to_disconnect(const std::string& connection_id, const std::string& gateway_id, const std::string& room,
                           Answer<RemovedConnection>& answer) {
    pb::DisconnectRequest request;
    request.set_connection_id(connection_id);
    request.set_room(room);
    request.set_gateway_id(gateway_id);
    store_->disconnect(request, CallLimit(), answer.completion());
  }
  absl::StatusOr<pb::Author> set_name(const std::string& connection_id, const std::string& name) {
    pb::SetNameRequest request;
    request.set_connection_id(connection_id);
    request.set_room("lobby");
    request.set_name(name);
    Answer<pb::Author> answer;
    store_->set_name(request, CallLimit(), answer.completion());
    return answer.wait();
  }

  MigratedDatabase database_;
  TestStore store_{database_};
};

TEST_F(ConnectionsTest, ConnectIsIdempotentByItsId) {
  const auto first = store_.connect("g1", "c1", "lobby", "a1", "Ann");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->is_new);
  const auto repeat = store_.connect("g1", "c1", "lobby", "a2", "Bo");
  EXPECT_FALSE(repeat->is_new);
  EXPECT_EQ(repeat->author.author_id(), "a1");
  EXPECT_EQ(repeat->author.name(), "Ann");
  EXPECT_EQ(connections(), 1);
  EXPECT_EQ(database_.number("SELECT count(*) FROM gateways WHERE lease_expire_time > now()"), 1);
}

TEST_F(ConnectionsTest, DisconnectingWhatIsGoneIsNoError) {
  admit(store_, "g1", "c1");
  EXPECT_TRUE(disconnect("c1")->existed);
  EXPECT_FALSE(disconnect("c1")->existed);
  EXPECT_EQ(connections(), 0);
}

// The attempt of a backend that was frozen comes after the Disconnect.
TEST_F(ConnectionsTest, AConnectionThatHasEndedIsNotStoredLater) {
  admit(store_, "g1", "c1");
  EXPECT_TRUE(disconnect("c1", "g1")->existed);
  EXPECT_EQ(error_reason(store_.connect("g1", "c1", "lobby", "a1", "Ann").status()), "CONNECTION_ENDED");
  EXPECT_EQ(connections(), 0);
  admit(store_, "g1", "c2");
  EXPECT_EQ(connections(), 1);
}

TEST_F(ConnectionsTest, NorWhenItsRoomOrItsGatewayWasNotThereYet) {
  EXPECT_FALSE(disconnect("c1", "g9", "attic")->existed);
  EXPECT_EQ(error_reason(store_.connect("g9", "c1", "attic", "a1", "Ann").status()), "CONNECTION_ENDED");
  EXPECT_EQ(connections(), 0);
}

TEST_F(ConnectionsTest, NorWhenTheAttemptIsBeingCommittedMeanwhile) {
  admit(store_, "g1", "c1");
  pqxx::connection other(database_.connection_string());
  pqxx::work attempt(other);  // as store_connection() has it just before its commit
  attempt.exec("SELECT 1 FROM gateways WHERE gateway_id = 'g1' FOR KEY SHARE");
  attempt.exec(
      "INSERT INTO connections (room_id, connection_id, gateway_id, author_id, author_name) "
      "SELECT room_id, 'c2', 'g1', 'a2', 'Bo' FROM rooms WHERE name = 'lobby'");
  Answer<RemovedConnection> answer;
  begin_to_disconnect("c2", "g1", "lobby", answer);
  EXPECT_TRUE(eventually([this] { return database_.waiting_sessions() == 1; }));
  attempt.commit();
  EXPECT_TRUE(answer.wait()->existed);
  EXPECT_EQ(connections(), 1);
}

TEST_F(ConnectionsTest, WhatHasEndedIsForgottenAfterADay) {
  EXPECT_TRUE(disconnect("c1", "g1").ok());
  EXPECT_TRUE(disconnect("c2", "g1").ok());
  database_.query("UPDATE ended_connections SET end_time = end_time - interval '25 hours' WHERE connection_id = 'c1'");
  EXPECT_TRUE(store_.reap().ok());
  EXPECT_EQ(database_.number("SELECT count(*) FROM ended_connections WHERE connection_id = 'c2'"), 1);
  EXPECT_EQ(database_.number("SELECT count(*) FROM ended_connections"), 1);
}

TEST_F(ConnectionsTest, PresenceListsEachAuthorOnceUnderTheNewestName) {
  admit(store_, "g1", "c1", "lobby", "a1", "Ann");
  admit(store_, "g1", "c2", "lobby", "a1", "Anna");
  admit(store_, "g1", "c3", "lobby", "a2", "Bo");
  admit(store_, "g1", "c4", "den", "a3", "Cy");
  ASSERT_TRUE(set_name("c1", "Zoë").ok());
  const pb::Presence present = presence("lobby");
  ASSERT_EQ(present.author_count(), 2);
  EXPECT_EQ(present.authors(0).name(), "Bo");
  EXPECT_EQ(present.authors(1).name(), "Zoë");
  EXPECT_EQ(presence("nobody").author_count(), 0);
  EXPECT_EQ(error_reason(set_name("c9", "X").status()), "CONNECTION_NOT_FOUND");
}

TEST_F(ConnectionsTest, PresenceListsAHundredAndCountsAll) {
  admit(store_, "g1", "c0");
  database_.query(
      "INSERT INTO connections (room_id, connection_id, gateway_id, author_id, author_name) SELECT room_id, 'x' || n, "
      "'g1', 'x' || n, 'Name' || n FROM rooms, generate_series(1, 150) AS n");
  const pb::Presence present = presence("lobby");
  EXPECT_EQ(present.author_count(), 151);
  EXPECT_EQ(present.authors_size(), 100);
}

TEST_F(ConnectionsTest, TheFirstHelloIsNewAlsoAfterConnects) {
  admit(store_, "g1", "c1");
  EXPECT_TRUE(store_.take_lease("g1")->is_new);
  EXPECT_EQ(connections(), 1);
  EXPECT_TRUE(store_.take_lease("g2")->is_new);
}

TEST_F(ConnectionsTest, ALeaseIsNewUntilTheGatewayShowsThatItKnows) {
  const auto first = store_.take_lease("g1");
  // The answer may have been lost on the way.
  const auto second = store_.take_lease("g1");
  EXPECT_TRUE(second->is_new);
  EXPECT_EQ(second->lease_number, first->lease_number);
  EXPECT_EQ(*store_.renew_lease("g1", second->lease_number), Renewal::kRenewed);
  EXPECT_FALSE(store_.take_lease("g1")->is_new);
}

TEST_F(ConnectionsTest, AHelloAfterTheLeaseLapsedIsNewAndItsRowsAreGone) {
  const std::int64_t old_number = hello(store_, "g1");
  admit(store_, "g1", "c1", "lobby");
  admit(store_, "g1", "c2", "den");
  lapse("g1");
  const auto lease = store_.take_lease("g1");
  EXPECT_TRUE(lease->is_new);
  EXPECT_NE(lease->lease_number, old_number);
  EXPECT_THAT(lease->left_rooms, UnorderedElementsAre("lobby", "den"));
  EXPECT_EQ(connections(), 0);
}

TEST_F(ConnectionsTest, AConnectAfterTheLeaseLapsedMakesTheNextHelloNew) {
  const std::int64_t old_number = hello(store_, "g1");
  admit(store_, "g1", "c1");
  lapse("g1");
  const auto stored = store_.connect("g1", "c2");
  ASSERT_TRUE(stored.ok());
  EXPECT_THAT(stored->left_rooms, ElementsAre("lobby"));
  EXPECT_EQ(connections(), 1);
  // The gateway's open stream learns it from its heartbeat, the next one from its hello.
  EXPECT_EQ(*store_.renew_lease("g1", old_number), Renewal::kLapsed);
  EXPECT_TRUE(store_.take_lease("g1")->is_new);
}

TEST_F(ConnectionsTest, TheReaperTakesLapsedGatewaysOnly) {
  const std::int64_t first = hello(store_, "g1");
  const std::int64_t second = hello(store_, "g2");
  admit(store_, "g1", "c1", "lobby");
  admit(store_, "g1", "c2", "den");
  admit(store_, "g2", "c3", "lobby");
  EXPECT_EQ(store_.reap()->gateways, 0);
  lapse("g1");
  const auto reaped = store_.reap();
  EXPECT_EQ(reaped->gateways, 1);
  EXPECT_THAT(reaped->left_rooms, UnorderedElementsAre("lobby", "den"));
  EXPECT_EQ(connections(), 1);
  EXPECT_EQ(*store_.renew_lease("g1", first), Renewal::kLapsed);
  EXPECT_EQ(*store_.renew_lease("g2", second), Renewal::kRenewed);
}

TEST_F(ConnectionsTest, ALeaseLapsesByItself) {
  TestStore store(database_, {.lease = milliseconds(300)});
  hello(store, "g1");
  admit(store, "g1", "c1");
  EXPECT_EQ(store.reap()->gateways, 0);
  EXPECT_TRUE(eventually([&] { return store.reap()->gateways == 1; }));
  EXPECT_EQ(connections(), 0);
}

TEST_F(ConnectionsTest, ALeaseThatIsRenewedDoesNotLapse) {
  TestStore store(database_, {.lease = milliseconds(400)});
  const std::int64_t lease_number = hello(store, "g1");
  admit(store, "g1", "c1");
  const auto end = std::chrono::steady_clock::now() + milliseconds(1'200);
  while (std::chrono::steady_clock::now() < end) {
    EXPECT_EQ(*store.renew_lease("g1", lease_number), Renewal::kRenewed);
    EXPECT_EQ(store.reap()->gateways, 0);
  }
  EXPECT_EQ(connections(), 1);
}

TEST_F(ConnectionsTest, SeveralReapersShareTheWork) {
  for (int gateway = 0; gateway < 40; ++gateway) {
    const std::string id = std::to_string(gateway);
    admit(store_, "g" + id, "c" + id, "room-" + id);
  }
  database_.query("UPDATE gateways SET lease_expire_time = now() - interval '1 ms'");
  TestStore other(database_);
  std::vector<std::thread> threads;
  std::atomic<int> gateways = 0;
  std::atomic<int> rooms = 0;
  for (TestStore* store : {&store_, &other}) {
    threads.emplace_back([&, store] {
      for (auto reaped = store->reap(); reaped->gateways > 0; reaped = store->reap()) {
        gateways += reaped->gateways;
        rooms += static_cast<int>(reaped->left_rooms.size());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(gateways, 40);
  EXPECT_EQ(rooms, 40);
  EXPECT_EQ(connections(), 0);
}

TEST_F(ConnectionsTest, AReaperDoesNotWaitForAnother) {
  admit(store_, "g1", "c1", "lobby");
  admit(store_, "g2", "c2", "den");
  database_.query("UPDATE gateways SET lease_expire_time = now() - interval '1 ms'");
  pqxx::connection other(database_.connection_string());
  pqxx::work work(other);
  work.exec("SELECT * FROM gateways WHERE gateway_id = 'g1' FOR UPDATE");
  const auto reaped = store_.reap();
  ASSERT_TRUE(reaped.ok()) << reaped.status();
  EXPECT_THAT(reaped->left_rooms, ElementsAre("den"));
  work.abort();
  EXPECT_THAT(store_.reap()->left_rooms, ElementsAre("lobby"));
}

// Invariant 6, at its narrowest place: a connection stored while the reaper is at its gateway.
TEST_F(ConnectionsTest, NoConnectionOutlivesItsGateway) {
  TestStore store(database_, {.workers = 4, .lease = milliseconds(1)});
  std::atomic<bool> stopping = false;
  std::thread reaper([&] {
    while (!stopping) EXPECT_TRUE(store.reap().ok());
  });
  for (int count = 0; count < 200; ++count) {
    const auto stored = store.connect("g1", "c" + std::to_string(count));
    ASSERT_TRUE(stored.ok()) << stored.status();
  }
  stopping = true;
  reaper.join();
  ASSERT_TRUE(eventually([&] { return store.reap()->gateways == 0 && connections() == 0; }));
  EXPECT_EQ(database_.number("SELECT count(*) FROM gateways"), 0);
}

}  // namespace
}  // namespace parley::backend
