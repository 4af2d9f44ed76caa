#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include <pqxx/nontransaction>

#include "absl/strings/str_cat.h"
#include "backend/postgres/connection_string.h"
#include "backend/postgres/postgres_write_probe.h"
#include "common/errors.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds kLimit{10'000};

std::string probe_string(const std::string& database_url) {
  return *make_connection_string(database_url, ConnectionUse::kProbe, milliseconds(5'000));
}

// Takes connections on loopback and says nothing, like a server that is frozen.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(socket_); }
  int port() const { return port_; }

 private:
  const int socket_;
  int port_ = 0;
};

TEST(WriteProbeTest, WritesTheLogAndLeavesNothingBehind) {
  const TestDatabase database;
  auto probe = std::make_unique<PostgresWriteProbe>(probe_string(database.connection_string()));
  ASSERT_TRUE(probe->probe(kLimit).ok());
  const auto before = database.number("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn");
  const auto size = database.number("SELECT pg_database_size(current_database())");
  const auto spilled = [&] {
    return database.number("SELECT temp_files FROM pg_stat_database WHERE datname = current_database()");
  };
  for (int count = 0; count < 10; ++count) EXPECT_TRUE(probe->probe(kLimit).ok());
  EXPECT_GT(database.number("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"), before);
  EXPECT_EQ(database.number("SELECT pg_database_size(current_database())"), size);
  probe.reset();  // a session tells its figures at its end
  EXPECT_TRUE(eventually([&] { return spilled() == 11; })) << "a full disk would not be noticed";
}

TEST(WriteProbeTest, ASessionThatWasEndedMeanwhileIsNotNoticed) {
  const TestDatabase database;
  PostgresWriteProbe probe(probe_string(database.connection_string()));
  for (int count = 0; count < 3; ++count) {
    ASSERT_TRUE(probe.probe(kLimit).ok());
    ASSERT_EQ(database.terminate_sessions("pg_logical_emit_message"), 1);
  }
}

TEST(WriteProbeTest, AReadOnlyDatabaseIsNotWritableUntilItIsAgain) {
  const TestDatabase database;
  const std::string settings = "ALTER DATABASE " + database.query("SELECT current_database()")[0][0].as<std::string>();
  database.query(settings + " SET default_transaction_read_only = on");
  PostgresWriteProbe probe(probe_string(database.connection_string()));
  const absl::Status refused = probe.probe(kLimit);
  EXPECT_EQ(error_reason(refused), "DATABASE_UNAVAILABLE");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("25006"));
  pqxx::connection administrator(database.connection_string());
  pqxx::nontransaction transaction(administrator);
  transaction.exec("SET default_transaction_read_only = off");
  transaction.exec(settings + " RESET default_transaction_read_only");
  EXPECT_TRUE(probe.probe(kLimit).ok());
}

TEST(WriteProbeTest, ADatabaseThatIsGoneIsSaidWithTheReason) {
  PostgresWriteProbe probe(probe_string("host=/nowhere dbname=x"));
  EXPECT_THAT(std::string(probe.probe(kLimit).message()), HasSubstr("/nowhere"));
}

TEST(WriteProbeTest, ASilentServerCostsTheLimitAndNoMore) {
  const SilentServer silent;
  PostgresWriteProbe probe(probe_string(absl::StrCat("host=127.0.0.1 port=", silent.port(), " dbname=x")));
  const auto began = std::chrono::steady_clock::now();
  const absl::Status refused = probe.probe(milliseconds(200));
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("no answer within 200 ms"));
  EXPECT_GE(took, milliseconds(200));
  EXPECT_LT(took, milliseconds(2'000));
}

TEST(WriteProbeTest, AnotherHostIsTriedWhenTheFirstIsSilent) {
  const SilentServer silent;
  const TestDatabase database;
  const pqxx::result place = database.query(
      "SELECT current_database(), current_user, trim(both '\"' FROM "
      "split_part(current_setting('unix_socket_directories'), ',', 1)), "
      "current_setting('port')");
  PostgresWriteProbe probe(probe_string(absl::StrCat(
      "dbname=", place[0][0].as<std::string>(), " user=", place[0][1].as<std::string>(), " host=127.0.0.1,",
      place[0][2].as<std::string>(), " port=", silent.port(), ",", place[0][3].as<std::string>())));
  EXPECT_FALSE(probe.probe(milliseconds(300)).ok());
  const absl::Status second = probe.probe(kLimit);
  EXPECT_TRUE(second.ok()) << second;
}

TEST(HostRotationsTest, EachHostComesFirstOnce) {
  EXPECT_EQ(host_rotations("host=a dbname=x").size(), 1U);
  const std::vector<std::string> rotations = host_rotations("host=a,b,c port=1,2,3 dbname=x");
  ASSERT_EQ(rotations.size(), 3U);
  EXPECT_THAT(rotations[0], HasSubstr("host='a,b,c'"));
  EXPECT_THAT(rotations[1], HasSubstr("host='b,c,a'"));
  EXPECT_THAT(rotations[1], HasSubstr("port='2,3,1'"));
  EXPECT_THAT(rotations[2], HasSubstr("host='c,a,b'"));
  EXPECT_THAT(host_rotations("host=a,b port=5432")[1], HasSubstr("port='5432'"));
}

}  // namespace
}  // namespace parley::backend
