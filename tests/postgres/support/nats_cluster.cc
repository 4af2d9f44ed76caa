#include "tests/postgres/support/nats_cluster.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace parley::backend {
namespace {

// What the command prints on its standard output.
std::string run_command(const std::string& arguments) {
  const std::string command = absl::StrCat(PARLEY_TEST_SUPPORT "/nats_cluster ", arguments);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::string output;
  std::array<char, 256> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  if (pclose(pipe) != 0) throw std::runtime_error(absl::StrCat(command, " failed"));
  absl::StripTrailingAsciiWhitespace(&output);
  return output;
}

std::string next_folder() {
  static std::atomic<int> count = 0;
  const char* parent = std::getenv("PARLEY_TEST_NATS");
  if (parent == nullptr) throw std::runtime_error("PARLEY_TEST_NATS is not set: run through tests/support/with_nats");
  return absl::StrCat(parent, "/", getpid(), "-", ++count);
}

}  // namespace

NatsCluster::NatsCluster(int nodes) : folder_(next_folder()) {
  const std::string urls = run_command(absl::StrCat("start ", folder_, " ", nodes));
  for (const absl::string_view url : absl::StrSplit(urls, ',')) {
    servers_.push_back({.url = std::string(url), .address = std::string(absl::StripPrefix(url, "nats://"))});
  }
}

NatsCluster::~NatsCluster() {
  run_command(absl::StrCat("stop ", folder_));
  std::filesystem::remove_all(folder_);
}

NatsBrokerOptions NatsCluster::options() const {
  NatsBrokerOptions chosen;
  chosen.servers = servers_;
  return chosen;
}

NatsBrokerOptions NatsCluster::options(const std::vector<int>& nodes) const {
  NatsBrokerOptions chosen;
  for (const int node : nodes) chosen.servers.push_back(server(node));
  return chosen;
}

void NatsCluster::signal(int node, const std::string& name) {
  run_command(absl::StrCat("signal ", folder_, " ", node, " ", name));
}

void NatsCluster::launch(int node) { run_command(absl::StrCat("launch ", folder_, " ", node)); }

}  // namespace parley::backend
