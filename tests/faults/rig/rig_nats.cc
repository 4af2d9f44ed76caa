#include "tests/faults/rig/rig_nats.h"

#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

// Debian installs it where only root's PATH looks.
absl::StatusOr<std::filesystem::path> find_program() {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/sbin");
  std::error_code ignored;
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path program = std::filesystem::path(folder) / "nats-server";
    if (std::filesystem::exists(program, ignored)) return program;
  }
  return absl::UnimplementedError("the NATS broker needs the package nats-server");
}

std::string url(std::uint16_t port) { return absl::StrCat("nats://127.0.0.1:", port); }

}  // namespace

absl::StatusOr<std::unique_ptr<RigNats>> RigNats::make(const std::filesystem::path& folder, std::size_t nodes) {
  const absl::StatusOr<std::filesystem::path> program = find_program();
  if (!program.ok()) return program.status();
  auto cluster = std::make_unique<RigNats>();
  std::string routes;
  for (std::size_t node = 0; node < nodes; ++node) {
    absl::StatusOr<ReservedPort> port = ReservedPort::take();
    if (!port.ok()) return port.status();
    absl::StrAppend(&routes, node == 0 ? "" : ",", url(port->number()));
    cluster->route_ports_.push_back(*std::move(port));
  }
  for (std::size_t node = 0; node < nodes; ++node) {
    const std::string name = absl::StrCat("nats-", node);
    cluster->nodes_.push_back(std::make_unique<ServerProcess>(ServerProgram{
        .name = name,
        .program = *program,
        .arguments = {"--addr", "127.0.0.1", "--server_name", name, "--cluster_name", "parley-faults", "--cluster",
                      url(cluster->route_ports_[node].number()), "--routes", routes, "--no_advertise"},
        .environment = {},
        .port_option = "--port=",
        .folder = folder,
        .readiness = Readiness::kAccepts}));
  }
  return cluster;
}

absl::Status RigNats::start(std::chrono::milliseconds limit) {
  for (const auto& node : nodes_) {
    if (absl::Status launched = node->launch(); !launched.ok()) return launched;
  }
  for (const auto& node : nodes_) {
    if (absl::Status ready = node->wait_until_ready(limit); !ready.ok()) return ready;
  }
  return absl::OkStatus();
}

}  // namespace parley::faults
