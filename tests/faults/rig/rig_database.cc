#include "tests/faults/rig/rig_database.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <thread>
#include <utility>

#include <pqxx/connection>

#include "absl/strings/str_cat.h"
#include "tests/faults/rig/sql.h"
#include "tests/support/command.h"

namespace parley::faults {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Between two looks whether something has come about.
constexpr milliseconds kLookInterval{20};
constexpr milliseconds kStartLimit{60'000};
constexpr milliseconds kEffectLimit{10'000};
constexpr std::size_t kBytesInMebibyte = 1'048'576;
constexpr int kStatusNoDisk = 3;  // of postgres_cluster

// The rig's own sessions are spared.
constexpr const char* kEndSessions =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " AND application_name <> 'fault-rig' AND (application_name LIKE $1 OR query LIKE $1)";
// One at work before one that waits.
constexpr const char* kAnySession =
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'fault-rig'"
    " ORDER BY state = 'idle', xact_start, pid LIMIT 1";

absl::Status send_signal(pid_t process, int number) {
  if (::kill(process, number) == 0 || errno == ESRCH) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot signal the database: ", std::strerror(errno)));
}

std::vector<pid_t> children_of(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/task/", process, "/children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

// A session that sees the end of all sessions.
class Witness {
 public:
  absl::Status open(const std::string& url) {
    try {
      connection_ = std::make_unique<pqxx::connection>(url);
      return absl::OkStatus();
    } catch (const std::exception& error) {
      return absl::UnavailableError(error.what());
    }
  }
  // It asks for nothing: what comes is the news of its end.
  absl::Status wait_for_end(milliseconds limit) const {
    pollfd socket{.fd = connection_->sock(), .events = POLLIN, .revents = 0};
    if (poll(&socket, 1, static_cast<int>(limit.count())) > 0) return absl::OkStatus();
    return absl::DeadlineExceededError("the database has not ended its sessions");
  }

 private:
  std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RigDatabase>> RigDatabase::start(std::filesystem::path folder, std::size_t disk_bytes) {
  std::unique_ptr<RigDatabase> database(new RigDatabase(std::move(folder), disk_bytes));
  if (absl::Status held = database->hold(); !held.ok()) return held;
  return database;
}

RigDatabase::~RigDatabase() {
  cluster("kill").status().IgnoreError();
  if (leash_ >= 0) close(leash_);
}

absl::StatusOr<std::string> RigDatabase::cluster(const std::string& action, int input) const {
  std::vector<std::string> words{"env", "PARLEY_TEST_FSYNC=on"};
  if (disk_bytes_ > 0) words.push_back(absl::StrCat("PARLEY_TEST_DISK_MIB=", disk_bytes_ / kBytesInMebibyte));
  words.insert(words.end(), {POSTGRES_CLUSTER, action, folder_.string()});
  const std::filesystem::path log = folder_ / "commands.log";
  absl::StatusOr<CommandResult> result = run_command(words, log, input);
  if (!result.ok()) return result.status();
  if (result->exit_status == 0) return std::move(result->output);
  if (result->exit_status == kStatusNoDisk) {
    return absl::UnimplementedError("a disk of a limited size needs root and the right to mount");
  }
  return absl::InternalError(absl::StrCat("postgres_cluster ", action, " failed; see ", log.string()));
}

absl::Status RigDatabase::hold() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::InternalError(std::strerror(errno));
  leash_ = ends[1];
  absl::StatusOr<std::string> url = cluster("hold", ends[0]);
  close(ends[0]);
  if (!url.ok()) return url.status();
  url_ = *std::move(url);
  return absl::OkStatus();
}

std::string RigDatabase::socket_path() const {
  // A link, where the path would be too long for a socket.
  std::error_code ignored;
  return (std::filesystem::canonical(folder_ / "run" / "postgres", ignored) / ".s.PGSQL.5432").string();
}

std::string RigDatabase::own_url() const {
  return url_ + "&application_name=fault-rig&options=-c%20default_transaction_read_only%3Doff";
}

absl::Status RigDatabase::crash() { return cluster("crash").status(); }

absl::Status RigDatabase::start_again() {
  const auto end = Clock::now() + kStartLimit;
  while (true) {
    absl::StatusOr<std::string> url = cluster("start");
    if (url.ok()) {
      url_ = *std::move(url);
      return wait_until_accepts(kStartLimit);
    }
    // It may be in the midst of a recovery that it began by itself.
    if (Clock::now() > end) return url.status();
  }
}

absl::Status RigDatabase::wait_until_accepts(milliseconds limit) const {
  const auto end = Clock::now() + limit;
  absl::Status reached = run_sql(own_url(), "SELECT 1").status();
  while (!reached.ok() && Clock::now() < end) {
    std::this_thread::sleep_for(kLookInterval);
    reached = run_sql(own_url(), "SELECT 1").status();
  }
  return reached;
}

absl::StatusOr<pid_t> RigDatabase::postmaster() const {
  std::ifstream file(folder_ / "postgres" / "postmaster.pid");
  pid_t process = 0;
  if (file >> process) return process;
  return absl::FailedPreconditionError("the database does not run");
}

absl::Status RigDatabase::signal_all(int number) const {
  const absl::StatusOr<pid_t> parent = postmaster();
  if (!parent.ok()) return parent.status();
  // A stopped parent makes no more children.
  absl::Status status = send_signal(*parent, SIGSTOP);
  for (const pid_t child : children_of(*parent)) status.Update(send_signal(child, number));
  status.Update(send_signal(*parent, number));
  return status;
}

absl::Status RigDatabase::pause() { return signal_all(SIGSTOP); }
absl::Status RigDatabase::resume() { return signal_all(SIGCONT); }

absl::Status RigDatabase::kill() {
  Witness witness;
  absl::Status status = witness.open(own_url());
  if (status.ok()) status = signal_all(SIGKILL);
  if (status.ok()) status = witness.wait_for_end(kEffectLimit);
  return status;
}

absl::Status RigDatabase::kill_a_session() {
  Witness witness;
  if (absl::Status opened = witness.open(own_url()); !opened.ok()) return opened;
  const auto rows = run_sql(own_url(), kAnySession);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return absl::NotFoundError("the database has no session");
  absl::Status status = send_signal(static_cast<pid_t>(std::stol(rows->front().front())), SIGKILL);
  status.Update(witness.wait_for_end(kEffectLimit));
  status.Update(wait_until_accepts(kStartLimit));
  return status;
}

absl::Status RigDatabase::end_sessions(const std::string& application_or_query_like) {
  const auto rows = run_sql(own_url(), kEndSessions, {application_or_query_like});
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return absl::NotFoundError("no session is like " + application_or_query_like);
  return absl::OkStatus();
}

absl::Status RigDatabase::set_read_only(bool read_only) {
  const std::string value = read_only ? "on" : "off";
  auto rows = run_sql(own_url(), "ALTER SYSTEM SET default_transaction_read_only = " + value);
  if (rows.ok()) rows = run_sql(own_url(), "SELECT pg_reload_conf()");
  const auto end = Clock::now() + kEffectLimit;
  while (rows.ok()) {
    // As others see it, who ask for nothing else.
    rows = run_sql(url_, "SHOW default_transaction_read_only");
    if (rows.ok() && rows->front().front() == value) return absl::OkStatus();
    if (Clock::now() > end) return absl::DeadlineExceededError("the database has not read its settings");
    std::this_thread::sleep_for(kLookInterval);
  }
  return rows.status();
}

absl::Status RigDatabase::fill_disk() {
  if (disk_bytes_ == 0) return absl::UnimplementedError("the database has no disk of its own");
  constexpr mode_t kMode = 0600;
  const int file = open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode);
  if (file < 0) return absl::InternalError(absl::StrCat("cannot fill the disk: ", std::strerror(errno)));
  const std::vector<char> zeros(kBytesInMebibyte);
  while (write(file, zeros.data(), zeros.size()) > 0) {
  }
  const int reason = errno;
  close(file);
  if (reason == ENOSPC) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot fill the disk: ", std::strerror(reason)));
}

absl::Status RigDatabase::free_disk() {
  std::error_code error;
  std::filesystem::remove(filler(), error);
  if (error) return absl::InternalError("cannot free the disk: " + error.message());
  // Without room for its log it ends itself.
  return start_again();
}

}  // namespace parley::faults
