// chat-publish: makes a release of a built site and switches to it; `rollback` switches to the one before, `list` names
// them all. Gateways with the same releases_dir notice by themselves. `chat-publish --help` lists the options.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "common/errors.h"
#include "common/settings.h"
#include "gateway/publish/publisher.h"

namespace {

namespace gateway = parley::gateway;

constexpr int kSuccess = 0;
constexpr int kFailed = 1;
constexpr int kConfigurationInvalid = 2;

constexpr const char* kUsage =
    "Usage: chat-publish [publish | rollback | list] [OPTION]…\n"
    "  publish   make a release of the site in site_dir, check it and switch to it (also without a command)\n"
    "  rollback  switch to the release before the current one, which is withdrawn until it is published again\n"
    "  list      the releases, the newest last, the current one marked with *\n\n";

int told(const absl::Status& status, int code = kFailed) {
  std::cerr << "chat-publish: " << status.message() << "\n";
  return code;
}

int list(const gateway::Publisher& publisher) {
  const absl::StatusOr<std::vector<gateway::PublishedRelease>> releases = publisher.list();
  if (!releases.ok()) return told(releases.status());
  for (const gateway::PublishedRelease& release : *releases) {
    std::cout << (release.is_current ? "* " : "  ") << release.id << (release.is_withdrawn ? " withdrawn\n" : "\n");
  }
  return kSuccess;
}

int run(const std::string& command, const parley::Config& config) {
  const std::string& folder = config.text("releases_dir");
  const std::string& site = config.text("site_dir");
  if (folder.empty()) return told(absl::InvalidArgumentError("releases_dir is not set"), kConfigurationInvalid);
  const std::string& withdrawn = config.text("when_withdrawn");
  if (withdrawn != "publish" && withdrawn != "keep") {
    return told(absl::InvalidArgumentError("when_withdrawn must be publish or keep"), kConfigurationInvalid);
  }
  const std::chrono::milliseconds settle = config.milliseconds("publish_settle_ms");
  absl::StatusOr<gateway::Publisher> publisher =
      gateway::Publisher::open({folder, static_cast<std::size_t>(config.integer("releases_kept")),
                                [settle] { std::this_thread::sleep_for(settle); },
                                [](const std::string& words) { std::cerr << "chat-publish: " << words << "\n"; }});
  if (!publisher.ok()) return told(publisher.status());
  if (command == "list") return list(*publisher);
  if (command == "publish" && site.empty()) {
    return told(absl::InvalidArgumentError("site_dir is not set"), kConfigurationInvalid);
  }
  const auto when = withdrawn == "keep" ? gateway::WhenWithdrawn::kKeepCurrent : gateway::WhenWithdrawn::kPublish;
  const absl::StatusOr<std::string> id =
      command == "rollback" ? publisher->roll_back() : publisher->publish(site, when);
  if (!id.ok()) return told(id.status());
  std::cout << *id << "\n";
  return kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  std::string command = "publish";
  if (!arguments.empty() && !arguments.front().starts_with("--")) {
    command = arguments.front();
    arguments.erase(arguments.begin());
  }
  for (const std::string& argument : arguments) {
    if (argument != "--help") continue;
    std::cout << kUsage << parley::settings_help(parley::Program::kPublish);
    return kSuccess;
  }
  if (command != "publish" && command != "rollback" && command != "list") {
    return told(absl::InvalidArgumentError("there is no command " + command + "; see --help"), kConfigurationInvalid);
  }
  const absl::StatusOr<parley::Config> config =
      parley::Config::load(parley::Program::kPublish, arguments, parley::process_environment());
  return config.ok() ? run(command, *config) : told(config.status(), kConfigurationInvalid);
}
