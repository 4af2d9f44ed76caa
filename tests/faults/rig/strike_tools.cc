#include "tests/faults/rig/strike_tools.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kReadyLimit{30'000};
constexpr milliseconds kKillLimit{10'000};
constexpr milliseconds kDrainLimit{10'000};
constexpr milliseconds kDownLeast{100};
constexpr milliseconds kDownMost{3'000};

absl::Status check_exit(const ServerProcess& process, int signal, int status) {
  const bool as_it_should = signal == SIGTERM ? WIFEXITED(status) && WEXITSTATUS(status) == 0
                                              : WIFSIGNALED(status) && WTERMSIG(status) == signal;
  if (as_it_should) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(process.name(), " ended with the wait status ", status, " after signal ",
                                          signal, "; see ", process.log_file().string()));
}

}  // namespace

std::size_t pick(std::mt19937_64& random, std::size_t count) { return random() % count; }

milliseconds between(std::mt19937_64& random, milliseconds least, milliseconds most) {
  return least + milliseconds(random() % static_cast<std::uint64_t>((most - least).count() + 1));
}

void hold(const Rig& rig, milliseconds duration) {
  std::this_thread::sleep_for(std::min(duration, rig.options().long_hold));
}

absl::StatusOr<Strike> end_and_relaunch(const Rig& rig, const std::vector<ServerProcess*>& processes, int signal,
                                        std::mt19937_64& random) {
  const SteadyTime struck = now();
  for (ServerProcess* process : processes) {
    if (absl::Status sent = process->signal(signal); !sent.ok()) return sent;
  }
  for (ServerProcess* process : processes) {
    const absl::StatusOr<int> status = process->wait(signal == SIGTERM ? kDrainLimit : kKillLimit);
    if (!status.ok()) return status.status();
    if (absl::Status checked = check_exit(*process, signal, *status); !checked.ok()) return checked;
  }
  hold(rig, between(random, kDownLeast, kDownMost));
  for (ServerProcess* process : processes) {
    if (absl::Status launched = process->launch(); !launched.ok()) return launched;
  }
  for (ServerProcess* process : processes) {
    if (absl::Status ready = process->wait_until_ready(kReadyLimit); !ready.ok()) return ready;
  }
  return Strike{.struck = struck, .healed = struck};
}

absl::StatusOr<Strike> stop_and_continue(const Rig& rig, const std::vector<ServerProcess*>& processes,
                                         milliseconds duration) {
  const SteadyTime struck = now();
  absl::Status status;
  for (ServerProcess* process : processes) status.Update(process->signal(SIGSTOP));
  if (status.ok()) hold(rig, duration);
  for (ServerProcess* process : processes) status.Update(process->signal(SIGCONT));
  if (!status.ok()) return status;
  return Strike{.struck = struck, .healed = now()};
}

ServerProcess& any_backend(Rig& rig, std::mt19937_64& random) { return rig.backend(pick(random, rig.backends())); }
ServerProcess& any_gateway(Rig& rig, std::mt19937_64& random) { return rig.gateway(pick(random, rig.gateways())); }

}  // namespace parley::faults
