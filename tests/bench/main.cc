// chat-bench: loads a running server and measures it. `./dev bench` starts the servers and runs it.
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/bench/commands.h"
#include "tests/bench/floor_server.h"

ABSL_FLAG(int, port, 0, "crowd: the server's, on 127.0.0.1");
ABSL_FLAG(std::string, protocol, "chat.v1.proto",
          "crowd: chat.v1.proto, chat.v1.json, tutorial, plain, socket.io, nats or xmpp");
ABSL_FLAG(int, rooms, 1, "crowd: rooms");
ABSL_FLAG(int, receivers, 0, "crowd: receivers, over all rooms");
ABSL_FLAG(int, senders, 10, "crowd: senders, over all rooms; at least one a room where there are receivers");
ABSL_FLAG(std::string, watch, "", "crowd: processes whose time and memory to report: NAME:PID,…");
ABSL_FLAG(bool, gather, false, "floor: the frames that wait leave a socket in one write");
ABSL_FLAG(int, core, -1, "run on this core only; -1: on any");

namespace {

namespace bench = parley::bench;

absl::Status settle_on(int core) {
  if (core < 0) return absl::OkStatus();
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("core ", core));
}

// As many sockets as the machine allows, and waits that end when they should.
void raise_own_limits() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  prctl(PR_SET_TIMERSLACK, 1UL);
}

absl::StatusOr<std::vector<bench::WatchedProcess>> watched() {
  std::vector<bench::WatchedProcess> processes;
  const std::string flag = absl::GetFlag(FLAGS_watch);
  for (const absl::string_view entry : absl::StrSplit(flag, ',', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(entry, ':');
    pid_t pid = 0;
    if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &pid)) {
      return absl::InvalidArgumentError(absl::StrCat("--watch: ", entry, " is not NAME:PID"));
    }
    processes.push_back({.name = parts[0], .pid = pid});
  }
  return processes;
}

absl::Status crowd() {
  const std::unique_ptr<bench::Protocol> protocol = bench::make_protocol(absl::GetFlag(FLAGS_protocol));
  if (protocol == nullptr) return absl::InvalidArgumentError("there is no such --protocol");
  absl::StatusOr<std::vector<bench::WatchedProcess>> processes = watched();
  if (!processes.ok()) return processes.status();
  bench::CrowdOptions options;
  options.port = static_cast<std::uint16_t>(absl::GetFlag(FLAGS_port));
  options.rooms = static_cast<std::size_t>(absl::GetFlag(FLAGS_rooms));
  options.receivers = static_cast<std::size_t>(absl::GetFlag(FLAGS_receivers));
  options.senders = static_cast<std::size_t>(absl::GetFlag(FLAGS_senders));
  options.processes = *std::move(processes);
  return bench::command_crowd(options, *protocol);
}

absl::Status serve_floor() {
  const auto writes = absl::GetFlag(FLAGS_gather) ? bench::FloorWrites::kGathered : bench::FloorWrites::kEach;
  return bench::run_floor_server(writes, [](std::uint16_t port) { std::cout << port << std::endl; });
}

absl::Status run(const std::string& command) {
  raise_own_limits();
  absl::Status settled = settle_on(absl::GetFlag(FLAGS_core));
  if (!settled.ok()) return settled;
  if (command == "crowd") return crowd();
  if (command == "floor") return serve_floor();
  return absl::InvalidArgumentError(absl::ProgramUsageMessage());
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "chat-bench crowd --port=PORT [--OPTION=VALUE]…: joins, then does what standard input says (commands.h)\n"
      "chat-bench floor [--gather]: a server to compare with; prints its port");
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const absl::Status status = run(arguments.size() == 2 ? arguments[1] : "");
  if (status.ok()) return EXIT_SUCCESS;
  std::cerr << "chat-bench: " << status.message() << '\n';
  return EXIT_FAILURE;
}
