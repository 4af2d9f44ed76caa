#include "tests/support/child_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kReadyLook{10};
constexpr std::streamoff kLogBytesShown = 2'000;
constexpr mode_t kLogMode = 0644;
constexpr int kExecFailed = 127;

// `own` first: getenv() takes the first one of a name.
std::vector<char*> environment_of(const std::vector<std::string>& own) {
  std::vector<char*> entries;
  entries.reserve(own.size());
  for (const std::string& entry : own) entries.push_back(const_cast<char*>(entry.c_str()));
  for (char** entry = environ; *entry != nullptr; ++entry) entries.push_back(*entry);
  entries.push_back(nullptr);
  return entries;
}

struct Exec {
  const char* program;
  char* const* arguments;
  char* const* environment;
  int input;
  int log;
  pid_t parent;
};

// In the child, where other threads' locks may be held for ever: system calls only.
[[noreturn]] void become(const Exec& exec) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != exec.parent) _exit(kExecFailed);
  setpgid(0, 0);
  dup2(exec.input, STDIN_FILENO);
  dup2(exec.log, STDOUT_FILENO);
  dup2(exec.log, STDERR_FILENO);
  // Sockets of ours that the program held open would outlive our closing them.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  execve(exec.program, exec.arguments, exec.environment);
  constexpr std::string_view kComplaint = "the program could not be executed\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kComplaint.data(), kComplaint.size());
  _exit(kExecFailed);
}

bool accepts(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool connected = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return connected;
}

}  // namespace

ServerProcess::ServerProcess(ServerProgram program) : program_(std::move(program)), port_(ReservedPort::take()) {}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

absl::Status ServerProcess::launch() {
  if (!port_.ok()) return port_.status();
  if (is_running()) return absl::FailedPreconditionError(program_.name + " runs already");
  std::error_code ignored;
  std::filesystem::remove(port_file(), ignored);
  std::vector<std::string> words = command();
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::vector<char*> environment = environment_of(program_.environment);
  const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = open(log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kLogMode);
  const Exec exec{program_.program.c_str(), arguments.data(), environment.data(), input, log, getpid()};
  const pid_t child = input < 0 || log < 0 ? -1 : fork();
  if (child == 0) become(exec);
  const int failed = errno;
  if (input >= 0) close(input);
  if (log >= 0) close(log);
  if (child < 0) return absl::InternalError(absl::StrCat(program_.name, ": ", std::strerror(failed)));
  pid_ = child;
  return absl::OkStatus();
}

absl::Status ServerProcess::wait_until_ready(milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!is_ready()) {
    if (wait_for_end(kReadyLook)) return failure("ended at its start");
    if (Clock::now() > end) {
      return absl::DeadlineExceededError(absl::StrCat(program_.name, " was not ready in ", limit.count(), " ms"));
    }
  }
  return absl::OkStatus();
}

absl::Status ServerProcess::signal(int number) {
  if (!is_running()) return absl::FailedPreconditionError(program_.name + " does not run");
  if (kill(pid_, number) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(program_.name, ": ", std::strerror(errno)));
}

absl::StatusOr<int> ServerProcess::wait(milliseconds limit) {
  if (wait_for_end(limit)) return exit_status_;
  return absl::DeadlineExceededError(absl::StrCat(program_.name, " did not end within ", limit.count(), " ms"));
}

absl::StatusOr<int> ServerProcess::end(int number, milliseconds limit) {
  if (!is_running()) return exit_status_;
  if (absl::Status sent = signal(number); !sent.ok()) return sent;
  return wait(limit);
}

bool ServerProcess::is_running() { return !wait_for_end(milliseconds(0)); }

bool ServerProcess::wait_for_end(milliseconds limit) {
  if (pid_ < 0) return true;
  if (limit.count() > 0) {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd entry{.fd = handle, .events = POLLIN, .revents = 0};
    poll(&entry, 1, static_cast<int>(limit.count()));
    if (handle >= 0) close(handle);
  }
  if (waitpid(pid_, &exit_status_, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

std::uint16_t ServerProcess::port() const { return port_.ok() ? port_->number() : 0; }
pid_t ServerProcess::pid() const { return pid_; }
const std::string& ServerProcess::name() const { return program_.name; }
std::filesystem::path ServerProcess::log_file() const { return program_.folder / (program_.name + ".log"); }
std::filesystem::path ServerProcess::port_file() const { return program_.folder / (program_.name + ".port"); }
void ServerProcess::set_program(std::filesystem::path program) { program_.program = std::move(program); }

// "1.7 /proc/[pid]/statm" of proc(5): the second number is the resident set in pages.
std::size_t ServerProcess::resident_bytes() const {
  if (pid_ < 0) return 0;
  std::ifstream file(absl::StrCat("/proc/", pid_, "/statm"));
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::vector<std::string> ServerProcess::command() const {
  std::vector<std::string> words{program_.program.string()};
  words.insert(words.end(), program_.arguments.begin(), program_.arguments.end());
  words.push_back(absl::StrCat(program_.port_option, port()));
  if (program_.readiness == Readiness::kPortFile) words.push_back("--port_file=" + port_file().string());
  return words;
}

bool ServerProcess::is_ready() const {
  if (program_.readiness == Readiness::kAccepts) return accepts(port());
  return std::filesystem::exists(port_file());
}

absl::Status ServerProcess::failure(const std::string& what) const {
  std::ifstream log(log_file(), std::ios::ate);
  const std::streamoff size = log.tellg();
  log.seekg(std::max<std::streamoff>(0, size - kLogBytesShown));
  const std::string shown((std::istreambuf_iterator<char>(log)), std::istreambuf_iterator<char>());
  return absl::FailedPreconditionError(
      absl::StrCat(program_.name, " ", what, " (status ", exit_status_, "); the end of its log:\n", shown));
}

}  // namespace parley::faults
