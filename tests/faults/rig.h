// The system that the faults strike: one PostgreSQL, a broker, backends and gateways as processes of their own, with a
// chaos gate on every connection between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/chaos_gate.h"
#include "tests/support/child_process.h"

namespace parley::faults {

enum class BrokerKind { kPostgres, kNats };

struct RigOptions {
  std::filesystem::path folder;  // absolute, exists, empty; logs, ports and the database's files go there
  std::filesystem::path backend_program;
  std::filesystem::path gateway_program;
  BrokerKind broker = BrokerKind::kPostgres;
  std::size_t backends = 2;
  std::size_t gateways = 2;
  std::size_t nats_nodes = 3;
  std::vector<std::string> backend_arguments;  // beside the rig's own; the last one of a name holds
  std::vector<std::string> gateway_arguments;
  // How long a pause or partition is that shall outlast every timeout; no fault holds for longer.
  std::chrono::milliseconds long_hold{31'000};

  // What some faults need (Fault::needs). start() answers UNIMPLEMENTED where this machine cannot give it.
  //
  // A disk of this many bytes for the database (tmpfs), which takes root. The cluster alone takes 50 MB. 0: none.
  std::size_t database_disk_bytes = 0;
  // Backends and gateways whose clocks can be stepped, by Debian's libfaketime.
  bool has_false_clocks = false;
  // The backend program is chat-backend-chaos: SIGUSR1 makes its broker misbehave, SIGUSR2 ends that.
  bool has_chaos_broker = false;
  std::uint64_t chaos_seed = 1;
};

// Used by one thread, which outlives it. Everything that it started ends with it, and when this process ends, however.
class Rig {
 public:
  // Blocks until every gateway is ready. UNIMPLEMENTED: see RigOptions. INVALID_ARGUMENT for options that make no rig.
  // Any other error names the log to read.
  static absl::StatusOr<std::unique_ptr<Rig>> start(const RigOptions& options);
  virtual ~Rig() = default;

  virtual const RigOptions& options() const = 0;
  // Until every process runs, every backend says that it serves and every gateway that it is ready, by their own health
  // checks.
  virtual absl::Status wait_until_ready(std::chrono::milliseconds limit) = 0;

  // Where clients connect, through a gate. The ports stay the same over restarts.
  virtual std::uint16_t gateway_port(std::size_t gateway) const = 0;
  // Straight to the backend, through no gate.
  virtual std::uint16_t backend_port(std::size_t backend) const = 0;
  // Straight to the database, through no gate; for the checker.
  virtual std::string database_url() const = 0;

  virtual std::size_t backends() const = 0;
  virtual std::size_t gateways() const = 0;

  virtual ServerProcess& backend(std::size_t index) = 0;
  virtual ServerProcess& gateway(std::size_t index) = 0;
  virtual std::size_t nats_nodes() const = 0;  // 0 with the PostgreSQL broker
  virtual ServerProcess& nats(std::size_t index) = 0;

  virtual ChaosGate& clients_gate(std::size_t gateway) = 0;                       // browsers -> gateway
  virtual ChaosGate& backend_gate(std::size_t gateway, std::size_t backend) = 0;  // gateway -> backend
  virtual ChaosGate& database_gate(std::size_t backend) = 0;                      // backend -> PostgreSQL
  virtual ChaosGate& broker_gate(std::size_t backend, std::size_t node) = 0;      // backend -> NATS; with NATS only

  // With has_false_clocks. The process's clock is off by `offset` within 2 s, its monotonic clock is not. INTERNAL.
  virtual absl::Status set_backend_clock(std::size_t backend, std::chrono::seconds offset) = 0;
  virtual absl::Status set_gateway_clock(std::size_t gateway, std::chrono::seconds offset) = 0;

  // PostgreSQL itself.
  virtual absl::Status crash_database() = 0;   // immediate shutdown: every session is cut off
  virtual absl::Status kill_database() = 0;    // SIGKILL for all its processes
  virtual absl::Status start_database() = 0;   // returns when it accepts connections
  virtual absl::Status pause_database() = 0;   // SIGSTOP for all its processes
  virtual absl::Status resume_database() = 0;  // SIGCONT
  virtual absl::Status kill_a_session() = 0;   // kill -9 of one session's process: PostgreSQL restarts all of them
  // pg_terminate_backend. NOT_FOUND when no session is like that.
  virtual absl::Status end_sessions(const std::string& application_or_query_like) = 0;
  virtual absl::Status set_read_only(bool read_only) = 0;  // default_transaction_read_only
  virtual absl::Status fill_disk() = 0;                    // with database_disk_bytes
  virtual absl::Status free_disk() = 0;                    // and starts PostgreSQL if it has ended itself
};

}  // namespace parley::faults
