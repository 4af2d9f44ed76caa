#include "tests/support/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

constexpr mode_t kLogMode = 0644;
constexpr std::size_t kReadBytes = 4'096;

// What the new process does before it becomes the command.
class Preparation {
 public:
  Preparation() {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Preparation() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  posix_spawn_file_actions_t* files() { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, kReadBytes> buffer;
  for (ssize_t count = 1; count > 0;) {
    count = read(descriptor, buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<CommandResult> run_command(const std::vector<std::string>& words, const std::filesystem::path& error_log,
                                          int input) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return absl::InternalError(std::strerror(errno));
  Preparation preparation;
  posix_spawn_file_actions_adddup2(preparation.files(), output[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(preparation.files(), STDERR_FILENO, error_log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   kLogMode);
  if (input >= 0) {
    posix_spawn_file_actions_adddup2(preparation.files(), input, STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(preparation.files(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  // Sockets of ours that the command held open would outlive our closing them.
  posix_spawn_file_actions_addclosefrom_np(preparation.files(), STDERR_FILENO + 1);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failed =
      posix_spawnp(&process, arguments[0], preparation.files(), preparation.attributes(), arguments.data(), environ);
  close(output[1]);
  CommandResult result;
  if (failed == 0) result.output = read_to_end(output[0]);
  close(output[0]);
  if (failed != 0) return absl::InternalError(absl::StrCat("cannot run ", words[0], ": ", std::strerror(failed)));
  int status = 0;
  waitpid(process, &status, 0);
  if (!WIFEXITED(status)) return absl::InternalError(absl::StrCat(words[0], " was ended by a signal"));
  result.exit_status = WEXITSTATUS(status);
  return result;
}

}  // namespace parley::faults
