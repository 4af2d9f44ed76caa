#include "tests/postgres/support/test_database.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <pqxx/nontransaction>

#include "absl/strings/str_cat.h"
#include "backend/postgres/connection_string.h"
#include "backend/postgres/migrations.h"

namespace parley::backend {
namespace {

std::string database_url() {
  const char* url = std::getenv("DATABASE_URL");
  if (url == nullptr) throw std::runtime_error("DATABASE_URL is not set: run through tests/support/with_postgres");
  return url;
}

std::string connection_string_for(const std::string& database) {
  absl::StatusOr<std::string> text =
      make_connection_string(database_url(), ConnectionUse::kRequests, std::chrono::seconds(10));
  if (!text.ok()) throw std::runtime_error(std::string(text.status().message()));
  // The last word on a keyword counts.
  return database.empty() ? *text : absl::StrCat(*text, "dbname='", database, "'");
}

void run_on_cluster(const std::string& sql) {
  pqxx::connection connection(connection_string_for(""));
  pqxx::nontransaction(connection).exec(sql);
}

}  // namespace

TestDatabase::TestDatabase(const std::string& encoding) {
  static std::atomic<int> count = 0;
  name_ = absl::StrCat("test_", getpid(), "_", ++count);
  run_on_cluster(absl::StrCat("CREATE DATABASE ", name_, " TEMPLATE template0 ENCODING '", encoding, "' LOCALE 'C'"));
  connection_string_ = connection_string_for(name_);
}

TestDatabase::~TestDatabase() { run_on_cluster(absl::StrCat("DROP DATABASE ", name_, " WITH (FORCE)")); }

pqxx::result TestDatabase::query(const std::string& sql) const {
  pqxx::connection connection(connection_string_);
  return pqxx::nontransaction(connection).exec(sql);
}

std::int64_t TestDatabase::number(const std::string& sql) const { return query(sql).at(0)[0].as<std::int64_t>(); }

std::int64_t TestDatabase::waiting_sessions() const {
  return number(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
}

int TestDatabase::terminate_sessions(const std::string& text) const {
  return static_cast<int>(number(
      absl::StrCat("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() "
                   "AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND position('",
                   text, "' IN query) > 0")));
}

MigratedDatabase::MigratedDatabase() {
  const SystemClock clock;
  std::ostringstream log;
  const Logger logger("test", LogLevel::kError, clock, log);
  const absl::Status migrated = migrate(connection_string(), embedded_migrations(), logger);
  EXPECT_TRUE(migrated.ok()) << migrated;
}

namespace {

PostgresStoreOptions with_database(PostgresStoreOptions options, const TestDatabase& database) {
  options.connection_string = database.connection_string();
  return options;
}

}  // namespace

TestStore::TestStore(const TestDatabase& database, PostgresStoreOptions options)
    : store_(with_database(std::move(options), database), clock_, logger_) {
  store_.open();
}

absl::StatusOr<StoredMessage> TestStore::send(const pb::SendMessageRequest& request) {
  Answer<StoredMessage> answer;
  store_.send_message(request, CallLimit(), answer.completion());
  return answer.wait();
}

absl::StatusOr<StoredConnection> TestStore::connect(const std::string& gateway_id, const std::string& connection_id,
                                                    const std::string& room, const std::string& author_id,
                                                    const std::string& name) {
  pb::ConnectRequest request;
  request.set_gateway_id(gateway_id);
  request.set_connection_id(connection_id);
  request.set_room(room);
  request.mutable_author()->set_author_id(author_id);
  request.mutable_author()->set_name(name);
  Answer<StoredConnection> answer;
  store_.connect(request, CallLimit(), answer.completion());
  return answer.wait();
}

absl::StatusOr<HistoryPage> TestStore::history(HistoryQuery query) {
  Answer<HistoryPage> answer;
  store_.read_history(std::move(query), CallLimit(), answer.completion());
  return answer.wait();
}

absl::StatusOr<ResumePage> TestStore::resume(const std::string& room, std::optional<pb::StreamPosition> position,
                                             int page_size) {
  Answer<ResumePage> answer;
  store_.resume({.room = room, .position = std::move(position), .page_size = page_size}, CallLimit(),
                answer.completion());
  return answer.wait();
}

absl::StatusOr<ChangesPage> TestStore::changes(const std::string& room, const pb::StreamPosition& position) {
  Answer<ChangesPage> answer;
  store_.read_changes({.room = room, .position = position}, answer.completion());
  return answer.wait();
}

absl::StatusOr<Reaped> TestStore::reap() {
  Answer<Reaped> answer;
  store_.reap(answer.completion());
  return answer.wait();
}

absl::StatusOr<LeaseState> TestStore::take_lease(const std::string& gateway_id) {
  Answer<LeaseState> answer;
  store_.take_lease(gateway_id, answer.completion());
  return answer.wait();
}

absl::StatusOr<Renewal> TestStore::renew_lease(const std::string& gateway_id, std::int64_t lease_number) {
  Answer<Renewal> answer;
  store_.renew_lease(gateway_id, lease_number, answer.completion());
  return answer.wait();
}

pb::SendMessageRequest message(const std::string& room, const std::string& request_id, const std::string& body,
                               const std::string& author_id) {
  pb::SendMessageRequest request;
  request.set_room(room);
  request.mutable_author()->set_author_id(author_id);
  request.mutable_author()->set_name("Ann");
  request.set_request_id(request_id);
  request.set_body(body);
  request.set_client_time("1700000000000");
  return request;
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

}  // namespace parley::backend
