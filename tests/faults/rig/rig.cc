#include "tests/faults/rig.h"

#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/app/health_probe.h"
#include "gateway/app/health_probe.h"
#include "tests/faults/rig/false_clocks.h"
#include "tests/faults/rig/rig_database.h"
#include "tests/faults/rig/rig_nats.h"

namespace parley::faults {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using Gates = std::vector<std::unique_ptr<ChaosGate>>;

constexpr milliseconds kStartLimit{30'000};
constexpr milliseconds kLookInterval{20};
constexpr milliseconds kProbeLimit{500};

std::string loopback(std::uint16_t port) { return absl::StrCat("127.0.0.1:", port); }

absl::Status add_gate(Gates& gates, const std::string& target) {
  absl::StatusOr<std::unique_ptr<ChaosGate>> gate = ChaosGate::open(target);
  if (!gate.ok()) return gate.status();
  gates.push_back(*std::move(gate));
  return absl::OkStatus();
}

class RigOfProcesses final : public Rig {
 public:
  explicit RigOfProcesses(RigOptions options) : options_(std::move(options)) {}
  ~RigOfProcesses() override {
    gateways_.clear();
    backends_.clear();
    if (clocks_.has_value()) FalseClocks::sweep();
  }

  absl::Status start();

  const RigOptions& options() const override { return options_; }
  absl::Status wait_until_ready(milliseconds limit) override;

  std::uint16_t gateway_port(std::size_t gateway) const override { return client_gates_.at(gateway)->port(); }
  std::uint16_t backend_port(std::size_t backend) const override { return backends_.at(backend)->port(); }
  std::string database_url() const override { return database_->url(); }
  std::size_t backends() const override { return options_.backends; }
  std::size_t gateways() const override { return options_.gateways; }
  ServerProcess& backend(std::size_t index) override { return *backends_.at(index); }
  ServerProcess& gateway(std::size_t index) override { return *gateways_.at(index); }
  std::size_t nats_nodes() const override { return nats_ == nullptr ? 0 : nats_->nodes(); }
  ServerProcess& nats(std::size_t index) override { return nats_->node(index); }

  ChaosGate& clients_gate(std::size_t gateway) override { return *client_gates_.at(gateway); }
  ChaosGate& backend_gate(std::size_t gateway, std::size_t backend) override {
    return *backend_gates_.at(gateway * options_.backends + backend);
  }
  ChaosGate& database_gate(std::size_t backend) override { return *database_gates_.at(backend); }
  ChaosGate& broker_gate(std::size_t backend, std::size_t node) override {
    return *broker_gates_.at(backend * nats_nodes() + node);
  }

  absl::Status set_backend_clock(std::size_t backend, std::chrono::seconds offset) override {
    return set_clock(*backends_.at(backend), offset);
  }
  absl::Status set_gateway_clock(std::size_t gateway, std::chrono::seconds offset) override {
    return set_clock(*gateways_.at(gateway), offset);
  }

  absl::Status crash_database() override { return database_->crash(); }
  absl::Status kill_database() override { return database_->kill(); }
  absl::Status start_database() override { return after_start(database_->start_again()); }
  absl::Status pause_database() override { return database_->pause(); }
  absl::Status resume_database() override { return database_->resume(); }
  absl::Status kill_a_session() override { return database_->kill_a_session(); }
  absl::Status end_sessions(const std::string& like) override { return database_->end_sessions(like); }
  absl::Status set_read_only(bool read_only) override { return database_->set_read_only(read_only); }
  absl::Status fill_disk() override { return database_->fill_disk(); }
  absl::Status free_disk() override { return after_start(database_->free_disk()); }

 private:
  absl::Status check_options() const;
  absl::Status start_database_and_broker();
  absl::Status make_backends();
  absl::Status make_gateways();
  absl::Status open_broker_gates(std::size_t backend, std::vector<std::string>& urls);
  absl::StatusOr<std::vector<std::string>> environment(const std::string& name) const;
  absl::Status set_clock(const ServerProcess& process, std::chrono::seconds offset) const;
  absl::Status after_start(absl::Status started);
  absl::Status look() const;

  const RigOptions options_;
  std::optional<FalseClocks> clocks_;
  std::unique_ptr<RigDatabase> database_;
  std::unique_ptr<RigNats> nats_;
  Gates database_gates_;  // a backend's
  Gates broker_gates_;    // a backend's to each node
  std::vector<std::unique_ptr<ServerProcess>> backends_;
  Gates backend_gates_;  // a gateway's to each backend
  std::vector<std::unique_ptr<ServerProcess>> gateways_;
  Gates client_gates_;  // to each gateway
};

absl::Status launch(const std::vector<std::unique_ptr<ServerProcess>>& processes) {
  for (const auto& process : processes) {
    if (absl::Status launched = process->launch(); !launched.ok()) return launched;
  }
  for (const auto& process : processes) {
    if (absl::Status ready = process->wait_until_ready(kStartLimit); !ready.ok()) return ready;
  }
  return absl::OkStatus();
}

absl::Status RigOfProcesses::start() {
  absl::Status status = check_options();
  if (status.ok()) status = start_database_and_broker();
  if (status.ok()) status = make_backends();
  if (status.ok()) status = launch(backends_);
  if (status.ok()) status = make_gateways();
  if (status.ok()) status = launch(gateways_);
  if (status.ok()) status = wait_until_ready(kStartLimit);
  return status;
}

absl::Status RigOfProcesses::check_options() const {
  if (!options_.folder.is_absolute() || !std::filesystem::is_directory(options_.folder)) {
    return absl::InvalidArgumentError("the rig needs an absolute path of a folder that exists");
  }
  for (const std::filesystem::path& program : {options_.backend_program, options_.gateway_program}) {
    if (!std::filesystem::is_regular_file(program)) {
      return absl::InvalidArgumentError(absl::StrCat("there is no program ", program.string()));
    }
  }
  if (options_.backends == 0 || options_.gateways == 0) return absl::InvalidArgumentError("one of each is the least");
  return absl::OkStatus();
}

absl::Status RigOfProcesses::start_database_and_broker() {
  if (options_.has_false_clocks) {
    absl::StatusOr<FalseClocks> clocks = FalseClocks::make(options_.folder);
    if (!clocks.ok()) return clocks.status();
    clocks_ = *std::move(clocks);
  }
  if (options_.broker == BrokerKind::kNats) {
    absl::StatusOr<std::unique_ptr<RigNats>> nats = RigNats::make(options_.folder, options_.nats_nodes);
    if (!nats.ok()) return nats.status();
    nats_ = *std::move(nats);
    if (absl::Status started = nats_->start(kStartLimit); !started.ok()) return started;
  }
  const std::filesystem::path folder = options_.folder / "database";
  std::filesystem::create_directory(folder);
  absl::StatusOr<std::unique_ptr<RigDatabase>> database = RigDatabase::start(folder, options_.database_disk_bytes);
  if (!database.ok()) return database.status();
  database_ = *std::move(database);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> RigOfProcesses::environment(const std::string& name) const {
  if (!clocks_.has_value()) return std::vector<std::string>();
  return clocks_->environment(name);
}

absl::Status RigOfProcesses::open_broker_gates(std::size_t backend, std::vector<std::string>& urls) {
  for (std::size_t node = 0; node < nats_nodes(); ++node) {
    if (absl::Status opened = add_gate(broker_gates_, loopback(nats_->node(node).port())); !opened.ok()) return opened;
    urls.push_back("nats://" + loopback(broker_gate(backend, node).port()));
  }
  return absl::OkStatus();
}

absl::Status RigOfProcesses::make_backends() {
  for (std::size_t index = 0; index < options_.backends; ++index) {
    const std::string name = absl::StrCat("backend-", index);
    if (absl::Status opened = add_gate(database_gates_, database_->socket_path()); !opened.ok()) return opened;
    std::vector<std::string> arguments{
        absl::StrCat("--database_url=postgresql://parley@", loopback(database_gate(index).port()),
                     "/parley?sslmode=disable&gssencmode=disable"),
        "--lease_ms=6000"};
    if (nats_ != nullptr) {
      std::vector<std::string> urls;
      if (absl::Status opened = open_broker_gates(index, urls); !opened.ok()) return opened;
      arguments.insert(arguments.end(), {"--broker=nats", "--nats_servers=" + absl::StrJoin(urls, ",")});
    }
    arguments.insert(arguments.end(), options_.backend_arguments.begin(), options_.backend_arguments.end());
    absl::StatusOr<std::vector<std::string>> variables = environment(name);
    if (!variables.ok()) return variables.status();
    if (options_.has_chaos_broker) {
      variables->push_back(absl::StrCat("PARLEY_CHAOS_SEED=", options_.chaos_seed + index));
    }
    backends_.push_back(std::make_unique<ServerProcess>(ServerProgram{.name = name,
                                                                      .program = options_.backend_program,
                                                                      .arguments = std::move(arguments),
                                                                      .environment = *std::move(variables),
                                                                      .port_option = "--grpc_port=",
                                                                      .folder = options_.folder}));
  }
  return absl::OkStatus();
}

absl::Status RigOfProcesses::make_gateways() {
  for (std::size_t index = 0; index < options_.gateways; ++index) {
    const std::string name = absl::StrCat("gateway-", index);
    for (const auto& backend : backends_) {
      if (absl::Status opened = add_gate(backend_gates_, loopback(backend->port())); !opened.ok()) return opened;
    }
    // Each gateway begins with another backend, so that all of them have work.
    std::vector<std::string> addresses;
    for (std::size_t turn = 0; turn < options_.backends; ++turn) {
      addresses.push_back(loopback(backend_gate(index, (index + turn) % options_.backends).port()));
    }
    // All clients of a run come from one address, and say who they are.
    std::vector<std::string> arguments{"--backends=" + absl::StrJoin(addresses, ","),
                                       "--connections_per_address_max=15000", "--http_connections_per_address_max=4096",
                                       "--identity=claimed"};
    arguments.insert(arguments.end(), options_.gateway_arguments.begin(), options_.gateway_arguments.end());
    absl::StatusOr<std::vector<std::string>> variables = environment(name);
    if (!variables.ok()) return variables.status();
    gateways_.push_back(std::make_unique<ServerProcess>(ServerProgram{.name = name,
                                                                      .program = options_.gateway_program,
                                                                      .arguments = std::move(arguments),
                                                                      .environment = *std::move(variables),
                                                                      .port_option = "--port=",
                                                                      .folder = options_.folder}));
    if (absl::Status opened = add_gate(client_gates_, loopback(gateways_.back()->port())); !opened.ok()) return opened;
  }
  return absl::OkStatus();
}

absl::Status RigOfProcesses::set_clock(const ServerProcess& process, std::chrono::seconds offset) const {
  if (!clocks_.has_value()) return absl::UnimplementedError("the rig was started without false clocks");
  return clocks_->set(process.name(), offset);
}

// The socket may have another place.
absl::Status RigOfProcesses::after_start(absl::Status started) {
  if (!started.ok()) return started;
  for (const auto& gate : database_gates_) gate->set_target(database_->socket_path());
  return started;
}

absl::Status RigOfProcesses::look() const {
  for (const auto* processes : {&backends_, &gateways_}) {
    for (const auto& process : *processes) {
      if (!process->is_running()) return absl::UnavailableError(process->name() + " does not run");
    }
  }
  for (const auto& process : backends_) {
    const absl::Status health = backend::probe_health(loopback(process->port()), kProbeLimit);
    if (!health.ok()) return absl::UnavailableError(absl::StrCat(process->name(), ": ", health.message()));
  }
  for (const auto& process : gateways_) {
    const absl::Status health = gateway::probe_health(process->port(), kProbeLimit);
    if (!health.ok()) return absl::UnavailableError(absl::StrCat(process->name(), ": ", health.message()));
  }
  return absl::OkStatus();
}

absl::Status RigOfProcesses::wait_until_ready(milliseconds limit) {
  const auto end = Clock::now() + limit;
  absl::Status seen = look();
  while (!seen.ok() && Clock::now() < end) {
    std::this_thread::sleep_for(kLookInterval);
    seen = look();
  }
  return seen;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Rig>> Rig::start(const RigOptions& options) {
  auto rig = std::make_unique<RigOfProcesses>(options);
  if (absl::Status started = rig->start(); !started.ok()) return started;
  return rig;
}

}  // namespace parley::faults
