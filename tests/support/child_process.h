// A server program under test, as a process of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace parley::faults {

struct ServerProgram {
  std::string name;  // for logs and messages
  std::filesystem::path program;
  std::vector<std::string> arguments;    // without the port
  std::vector<std::string> environment;  // KEY=VALUE, beside this process's own
  std::string port_option;               // `--grpc_port=`; the port is appended, and --port_file
  std::filesystem::path folder;          // NAME.log and NAME.port go there
};

// Used by one thread. Killed with SIGKILL and reaped by the destructor; ends with this process in any case
// (PR_SET_PDEATHSIG).
class ServerProcess {
 public:
  explicit ServerProcess(ServerProgram program);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Starts it without waiting. The first start takes any port, later ones the same again.
  absl::Status launch();
  // Until it has written its port file, that is, is ready.
  absl::Status wait_until_ready(std::chrono::milliseconds limit);
  absl::Status signal(int number);
  // Sends `number` and waits for the end; DEADLINE_EXCEEDED when it does not come. The exit status as waitpid() gives
  // it.
  absl::StatusOr<int> end(int number, std::chrono::milliseconds limit);
  bool is_running();

  std::uint16_t port() const;
  pid_t pid() const;
  const std::string& name() const;
  std::size_t resident_bytes() const;  // RSS now
  // Another program from the next launch on: for upgrades.
  void set_program(std::filesystem::path program);

 private:
  // …
};

}  // namespace parley::faults
