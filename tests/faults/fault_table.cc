#include <array>
#include <csignal>
#include <thread>

#include "tests/faults/fault.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartMax{20'000};
constexpr milliseconds kDrainMax{10'000};  // an orderly end takes no longer, whatever happens
constexpr milliseconds kShortHold{3'000};

std::size_t any(std::size_t count, std::mt19937_64& random) { return random() % count; }

// A process is ended and started again; it must be ready before the strike is over.
absl::Status replace(ServerProcess& process, int signal) {
  const absl::StatusOr<int> ended = process.end(signal, kDrainMax);
  if (!ended.ok()) return ended.status();
  if (absl::Status launched = process.launch(); !launched.ok()) return launched;
  return process.wait_until_ready(kStartMax);
}

absl::StatusOr<Strike> strike_process(ServerProcess& process, int signal) {
  const SteadyTime struck = steady_clock::now();
  if (absl::Status replaced = replace(process, signal); !replaced.ok()) return replaced;
  return Strike{struck, struck};
}

// Holds a process (SIGSTOP) and lets it go on.
absl::StatusOr<Strike> strike_pause(ServerProcess& process) {
  const SteadyTime struck = steady_clock::now();
  if (absl::Status stopped = process.signal(SIGSTOP); !stopped.ok()) return stopped;
  std::this_thread::sleep_for(kShortHold);
  if (absl::Status resumed = process.signal(SIGCONT); !resumed.ok()) return resumed;
  return Strike{struck, steady_clock::now()};
}

absl::StatusOr<Strike> backend_kill(Rig& rig, std::mt19937_64& random) {
  return strike_process(rig.backend(any(rig.backends(), random)), SIGKILL);
}

absl::StatusOr<Strike> backend_term(Rig& rig, std::mt19937_64& random) {
  return strike_process(rig.backend(any(rig.backends(), random)), SIGTERM);
}

absl::StatusOr<Strike> backend_pause(Rig& rig, std::mt19937_64& random) {
  return strike_pause(rig.backend(any(rig.backends(), random)));
}

absl::StatusOr<Strike> gateway_kill(Rig& rig, std::mt19937_64& random) {
  return strike_process(rig.gateway(any(rig.gateways(), random)), SIGKILL);
}

absl::StatusOr<Strike> gateway_term(Rig& rig, std::mt19937_64& random) {
  return strike_process(rig.gateway(any(rig.gateways(), random)), SIGTERM);
}

absl::StatusOr<Strike> gateway_pause(Rig& rig, std::mt19937_64& random) {
  return strike_pause(rig.gateway(any(rig.gateways(), random)));
}

absl::StatusOr<Strike> both_kill(Rig& rig, std::mt19937_64& random) {
  ServerProcess& backend = rig.backend(any(rig.backends(), random));
  ServerProcess& gateway = rig.gateway(any(rig.gateways(), random));
  const SteadyTime struck = steady_clock::now();
  for (ServerProcess* process : {&backend, &gateway}) {
    if (const auto ended = process->end(SIGKILL, kDrainMax); !ended.ok()) return ended.status();
  }
  for (ServerProcess* process : {&backend, &gateway}) {
    if (absl::Status launched = process->launch(); !launched.ok()) return launched;
  }
  for (ServerProcess* process : {&backend, &gateway}) {
    if (absl::Status ready = process->wait_until_ready(kStartMax); !ready.ok()) return ready;
  }
  return Strike{struck, struck};
}

absl::StatusOr<Strike> postgres_crash(Rig& rig, std::mt19937_64& /*random*/) {
  const SteadyTime struck = steady_clock::now();
  if (absl::Status crashed = rig.crash_database(); !crashed.ok()) return crashed;
  if (absl::Status started = rig.start_database(); !started.ok()) return started;
  return Strike{struck, steady_clock::now()};
}

absl::StatusOr<Strike> postgres_session_kill(Rig& rig, std::mt19937_64& /*random*/) {
  const SteadyTime struck = steady_clock::now();
  if (absl::Status killed = rig.kill_a_session(); !killed.ok()) return killed;
  return Strike{struck, struck};
}

absl::StatusOr<Strike> postgres_pause(Rig& rig, std::mt19937_64& /*random*/) {
  const SteadyTime struck = steady_clock::now();
  if (absl::Status paused = rig.pause_database(); !paused.ok()) return paused;
  std::this_thread::sleep_for(kShortHold);
  if (absl::Status resumed = rig.resume_database(); !resumed.ok()) return resumed;
  return Strike{struck, steady_clock::now()};
}

absl::StatusOr<Strike> listen_kill(Rig& rig, std::mt19937_64& /*random*/) {
  const SteadyTime struck = steady_clock::now();
  if (absl::Status ended = rig.end_sessions("LISTEN%"); !ended.ok()) return ended;
  return Strike{struck, struck};
}

absl::StatusOr<Strike> cut(ChaosGate& gate) {
  const SteadyTime struck = steady_clock::now();
  gate.cut();
  return Strike{struck, struck};
}

absl::StatusOr<Strike> hold(ChaosGate& gate) {
  const SteadyTime struck = steady_clock::now();
  gate.freeze();
  std::this_thread::sleep_for(kShortHold);
  gate.heal();
  return Strike{struck, steady_clock::now()};
}

// Within a frame: the count is any, and small.
absl::StatusOr<Strike> break_off(ChaosGate& gate, std::mt19937_64& random) {
  const SteadyTime struck = steady_clock::now();
  gate.close_after(1 + random() % 400);
  std::this_thread::sleep_for(milliseconds(500));
  gate.heal();
  return Strike{struck, steady_clock::now()};
}

ChaosGate& browser_link(Rig& rig, std::mt19937_64& random) { return rig.clients_gate(any(rig.gateways(), random)); }

ChaosGate& backend_link(Rig& rig, std::mt19937_64& random) {
  const std::size_t gateway = any(rig.gateways(), random);
  return rig.backend_gate(gateway, any(rig.backends(), random));
}

ChaosGate& database_link(Rig& rig, std::mt19937_64& random) { return rig.database_gate(any(rig.backends(), random)); }

template <ChaosGate& (*kLink)(Rig&, std::mt19937_64&)>
absl::StatusOr<Strike> link_cut(Rig& rig, std::mt19937_64& random) {
  return cut(kLink(rig, random));
}

template <ChaosGate& (*kLink)(Rig&, std::mt19937_64&)>
absl::StatusOr<Strike> link_freeze(Rig& rig, std::mt19937_64& random) {
  return hold(kLink(rig, random));
}

template <ChaosGate& (*kLink)(Rig&, std::mt19937_64&)>
absl::StatusOr<Strike> link_close_mid_frame(Rig& rig, std::mt19937_64& random) {
  return break_off(kLink(rig, random), random);
}

constexpr std::array kFaults{
    Fault{"backend.kill", seconds(5), backend_kill},
    Fault{"backend.term", seconds(5), backend_term},
    Fault{"backend.pause", seconds(5), backend_pause},
    Fault{"gateway.kill", seconds(5), gateway_kill},
    Fault{"gateway.term", seconds(10), gateway_term},
    Fault{"gateway.pause", seconds(5), gateway_pause},
    Fault{"both.kill", seconds(5), both_kill},
    Fault{"postgres.crash", seconds(10), postgres_crash},
    Fault{"postgres.session_kill", seconds(10), postgres_session_kill},
    Fault{"postgres.pause", seconds(10), postgres_pause},
    Fault{"listen.kill", seconds(6), listen_kill},
    Fault{"link.browser.cut", seconds(5), link_cut<browser_link>},
    Fault{"link.browser.freeze", seconds(5), link_freeze<browser_link>},
    Fault{"link.browser.close_mid_frame", seconds(5), link_close_mid_frame<browser_link>},
    Fault{"link.backend.cut", seconds(5), link_cut<backend_link>},
    Fault{"link.backend.freeze", seconds(5), link_freeze<backend_link>},
    Fault{"link.backend.close_mid_frame", seconds(5), link_close_mid_frame<backend_link>},
    Fault{"link.database.cut", seconds(5), link_cut<database_link>},
    Fault{"link.database.freeze", seconds(5), link_freeze<database_link>},
    Fault{"link.database.close_mid_frame", seconds(5), link_close_mid_frame<database_link>},
};

}  // namespace

std::span<const Fault> all_faults() { return kFaults; }

}  // namespace parley::faults
