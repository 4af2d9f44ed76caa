// A server program under test, as a process of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/reserved_port.h"

namespace parley::faults {

enum class Readiness {
  kPortFile,  // writes NAME.port, which --port_file=… names for it
  kAccepts,   // accepts connections on its port
};

struct ServerProgram {
  std::string name;  // for logs and messages
  std::filesystem::path program;
  std::vector<std::string> arguments;    // without the port
  std::vector<std::string> environment;  // KEY=VALUE, beside this process's own
  std::string port_option;               // `--grpc_port=`; the port is appended, and --port_file
  std::filesystem::path folder;          // exists; NAME.log and NAME.port go there
  Readiness readiness = Readiness::kPortFile;
};

// Used by one thread, which outlives the process: the kernel kills the process with the thread that launched it
// (PR_SET_PDEATHSIG), and so with this process in any case. Killed with SIGKILL and reaped by the destructor.
class ServerProcess {
 public:
  explicit ServerProcess(ServerProgram program);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Starts it without waiting, on the same port each time. It leads a process group of its own: Ctrl-C is not for it.
  // FAILED_PRECONDITION while it runs, INTERNAL when there can be no process, RESOURCE_EXHAUSTED without a port.
  absl::Status launch();
  // FAILED_PRECONDITION with the end of its log when it ends before that, DEADLINE_EXCEEDED.
  absl::Status wait_until_ready(std::chrono::milliseconds limit);
  // FAILED_PRECONDITION when it does not run.
  absl::Status signal(int number);
  // Waits for its end; DEADLINE_EXCEEDED when it does not come. The exit status as waitpid() gives it; of a process
  // that has ended before, that one's.
  absl::StatusOr<int> wait(std::chrono::milliseconds limit);
  // signal() and wait(), for a process that runs.
  absl::StatusOr<int> end(int number, std::chrono::milliseconds limit);
  bool is_running();

  // The port is reserved from the beginning on: nothing else ever listens on it. 0: there was none to have.
  std::uint16_t port() const;
  pid_t pid() const;  // -1 when it does not run
  const std::string& name() const;
  std::size_t resident_bytes() const;  // RSS now; 0 when it does not run
  std::filesystem::path log_file() const;
  // From the next launch on: for upgrades.
  void set_program(std::filesystem::path program);

 private:
  std::filesystem::path port_file() const;
  std::vector<std::string> command() const;
  bool is_ready() const;
  // True when it has ended; waits so long for that.
  bool wait_for_end(std::chrono::milliseconds limit);
  absl::Status failure(const std::string& what) const;

  ServerProgram program_;
  absl::StatusOr<ReservedPort> port_;
  pid_t pid_ = -1;
  int exit_status_ = 0;  // of the last one that ended
};

}  // namespace parley::faults
