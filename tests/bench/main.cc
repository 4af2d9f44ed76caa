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

#include <boost/json/serialize.hpp>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/bench/floor_server.h"
#include "tests/bench/load.h"
#include "tests/bench/result_json.h"

ABSL_FLAG(int, port, 0, "load: the server's, on 127.0.0.1");
ABSL_FLAG(std::string, protocol, "chat.v1.proto", "load: chat.v1.proto, chat.v1.json, tutorial or plain");
ABSL_FLAG(int, rooms, 1, "load: rooms");
ABSL_FLAG(int, receivers, 0, "load: receivers, over all rooms");
ABSL_FLAG(int, senders, 10, "load: senders, over all rooms; at least one a room where there are receivers");
ABSL_FLAG(double, rate, 0, "load: messages a second of all senders; 0: --window of each under way at all times");
ABSL_FLAG(int, window, 1, "load: see --rate");
ABSL_FLAG(int, body_bytes, 100, "load: of a message");
ABSL_FLAG(double, seconds, 10, "load: how long to measure");
ABSL_FLAG(double, warm_up_seconds, 1, "load: before that");
ABSL_FLAG(double, give_up_seconds, 0, "load: abandon the run at a delivery that took longer; 0: never");
ABSL_FLAG(std::string, watch, "", "load: processes whose time and memory to report: NAME:PID,…");
ABSL_FLAG(bool, gather, false, "floor: the frames that wait leave a socket in one write");
ABSL_FLAG(int, core, -1, "load, floor: run on this core only; -1: on any");

namespace {

namespace bench = parley::bench;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1'000));
}

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

absl::Status load() {
  const std::unique_ptr<bench::Protocol> protocol = bench::make_protocol(absl::GetFlag(FLAGS_protocol));
  if (protocol == nullptr) return absl::InvalidArgumentError("there is no such --protocol");
  absl::StatusOr<std::vector<bench::WatchedProcess>> processes = watched();
  if (!processes.ok()) return processes.status();
  bench::LoadOptions options;
  options.port = static_cast<std::uint16_t>(absl::GetFlag(FLAGS_port));
  options.rooms = static_cast<std::size_t>(absl::GetFlag(FLAGS_rooms));
  options.receivers = static_cast<std::size_t>(absl::GetFlag(FLAGS_receivers));
  options.senders = static_cast<std::size_t>(absl::GetFlag(FLAGS_senders));
  options.rate = absl::GetFlag(FLAGS_rate);
  options.window = static_cast<std::size_t>(absl::GetFlag(FLAGS_window));
  options.body_bytes = static_cast<std::size_t>(absl::GetFlag(FLAGS_body_bytes));
  options.duration = milliseconds(absl::GetFlag(FLAGS_seconds));
  options.warm_up = milliseconds(absl::GetFlag(FLAGS_warm_up_seconds));
  options.give_up = milliseconds(absl::GetFlag(FLAGS_give_up_seconds));
  options.processes = *std::move(processes);
  const absl::StatusOr<bench::LoadResult> result = bench::run_load(options, *protocol);
  if (!result.ok()) return result.status();
  std::cout << boost::json::serialize(bench::to_json(*result)) << std::endl;
  return absl::OkStatus();
}

absl::Status serve_floor() {
  const auto writes = absl::GetFlag(FLAGS_gather) ? bench::FloorWrites::kGathered : bench::FloorWrites::kEach;
  return bench::run_floor_server(writes, [](std::uint16_t port) { std::cout << port << std::endl; });
}

absl::Status run(const std::string& command) {
  raise_own_limits();
  absl::Status settled = settle_on(absl::GetFlag(FLAGS_core));
  if (!settled.ok()) return settled;
  if (command == "load") return load();
  if (command == "floor") return serve_floor();
  return absl::InvalidArgumentError(absl::ProgramUsageMessage());
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "chat-bench load --port=PORT [--OPTION=VALUE]…: prints one line of JSON\n"
      "chat-bench floor [--gather]: a server to compare with; prints its port");
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const absl::Status status = run(arguments.size() == 2 ? arguments[1] : "");
  if (status.ok()) return EXIT_SUCCESS;
  std::cerr << "chat-bench: " << status.message() << '\n';
  return EXIT_FAILURE;
}
