// chat-faults: strikes a system under load and checks that nothing is lost, doubled or out of order. `./dev faults`
// runs it; `chat-faults --help` lists the options.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/faults/run.h"

namespace {

namespace faults = parley::faults;

constexpr int kAnomalies = 1;
constexpr int kNoRun = 2;

constexpr std::size_t kMegabyte = 1'048'576;

constexpr const char* kHelp =
    "chat-faults --backend=PROGRAM --gateway=PROGRAM --folder=DIR [OPTION]…\n"
    "  --seed=1           gives the load, the faults' order and their choices\n"
    "  --minutes=2        how long the faults strike\n"
    "  --rounds=N         instead: until each fault has struck N times\n"
    "  --broker=postgres  or nats: three nodes of it\n"
    "  --faults=NAME,…    which ones (link.* for all links); all without it\n"
    "  --hold-s=31        how long a process is stopped or a link parted that shall outlast every timeout\n"
    "  --resume-max=1000  changes that a reader may resume over; beyond it gets a reset\n"
    "  --disk-mb=0        the database's own disk, which can be filled; takes root\n"
    "  --clocks=no        yes: clocks of processes are stepped; takes libfaketime\n"
    "  --chaos=no         yes: PROGRAM is chat-backend-chaos, whose broker misbehaves on demand\n"
    "  --patience=1       a recovery may take so many times its limit: for machines that do other work as well\n"
    "  --expect=KIND,…    succeed only when one of these anomalies is found: for servers with a planted bug\n"
    "--folder is absolute and empty: logs, the database, and the history when something is wrong.\n"
    "Exit status 0: no anomaly, and whole in time; 1: not so; 2: there was no run.\n";

struct Options {
  faults::RunOptions run;
  double patience = 1;
  std::vector<std::string> expected;  // names of anomalies
};

using Values = std::map<std::string, std::string>;

// Empty for what is not `--key=value`.
Values parse(const std::vector<std::string>& arguments) {
  Values values{{"seed", "1"},     {"minutes", "2"}, {"rounds", "0"},        {"broker", "postgres"}, {"faults", ""},
                {"hold-s", "31"},  {"disk-mb", "0"}, {"resume-max", "1000"}, {"clocks", "no"},       {"chaos", "no"},
                {"patience", "1"}, {"expect", ""},   {"backend", ""},        {"gateway", ""},        {"folder", ""}};
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const bool is_known =
        argument.starts_with("--") && equals != std::string::npos && values.contains(argument.substr(2, equals - 2));
    if (!is_known) {
      std::cerr << "chat-faults: unknown option " << argument << '\n' << kHelp;
      return {};
    }
    values[argument.substr(2, equals - 2)] = argument.substr(equals + 1);
  }
  return values;
}

// A whole number, or a fraction where `Number` is one, that is not below 0.
template <typename Number>
bool read_number(const std::string& text, Number& number) {
  if constexpr (std::is_floating_point_v<Number>) {
    return absl::SimpleAtod(text, &number) && number >= 0;
  } else {
    return absl::SimpleAtoi(text, &number) && number >= 0;
  }
}

bool read_switch(const std::string& text, bool& is_on) {
  is_on = text == "yes";
  return is_on || text == "no";
}

bool read_options(Values values, Options& options) {
  double minutes = 0;
  double hold_s = 0;
  std::size_t disk_mb = 0;
  faults::RunOptions& run = options.run;
  const bool is_valid =
      read_number(values["seed"], run.seed) && read_number(values["minutes"], minutes) &&
      read_number(values["rounds"], run.rounds) && read_number(values["hold-s"], hold_s) &&
      read_number(values["disk-mb"], disk_mb) && read_number(values["resume-max"], run.resume_changes_max) &&
      read_number(values["patience"], options.patience) && read_switch(values["clocks"], run.rig.has_false_clocks) &&
      read_switch(values["chaos"], run.rig.has_chaos_broker) &&
      (values["broker"] == "postgres" || values["broker"] == "nats") && !values["backend"].empty() &&
      !values["gateway"].empty() && std::filesystem::is_directory(values["folder"]);
  if (!is_valid) {
    std::cerr << kHelp;
    return false;
  }
  run.duration = std::chrono::milliseconds(static_cast<std::int64_t>(minutes * 60'000));
  run.faults = absl::StrSplit(values["faults"], ',', absl::SkipEmpty());
  run.rig.long_hold = std::chrono::milliseconds(static_cast<std::int64_t>(hold_s * 1'000));
  run.rig.database_disk_bytes = disk_mb * kMegabyte;
  run.rig.folder = values["folder"];
  run.rig.backend_program = values["backend"];
  run.rig.gateway_program = values["gateway"];
  run.rig.broker = values["broker"] == "nats" ? faults::BrokerKind::kNats : faults::BrokerKind::kPostgres;
  options.expected = absl::StrSplit(values["expect"], ',', absl::SkipEmpty());
  return true;
}

bool is_success(const faults::Report& report, const Options& options) {
  if (options.expected.empty()) return report.is_good(options.patience);
  return std::any_of(report.anomalies.begin(), report.anomalies.end(), [&options](const faults::Anomaly& anomaly) {
    const std::string name(faults::name_of(anomaly.kind));
    return std::find(options.expected.begin(), options.expected.end(), name) != options.expected.end();
  });
}

}  // namespace

int main(int argc, char** argv) {
  const Values values = parse(std::vector<std::string>(argv + 1, argv + argc));
  Options options;
  if (values.empty() || !read_options(values, options)) return kNoRun;
  const absl::StatusOr<faults::Report> report = faults::run_faults(options.run);
  if (!report.ok()) {
    std::cerr << "chat-faults: " << report.status().message() << '\n';
    return kNoRun;
  }
  faults::print(std::cout, *report);
  return is_success(*report, options) ? EXIT_SUCCESS : kAnomalies;
}
