// chat-faults: strikes a system under load and checks that nothing is lost, doubled or out of order. `./dev faults`
// runs it; `chat-faults --help` lists the options.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
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

constexpr const char* kHelp =
    "chat-faults --seed=N --minutes=M --broker=postgres|nats --faults=NAME,… --patience=FACTOR\n"
    "            --backend=PROGRAM --gateway=PROGRAM --folder=DIR\n"
    "--faults    which ones; all without it\n"
    "--patience  a recovery may take so many times its limit: for machines that do other work as well\n"
    "--folder    absolute and empty: logs, the database, and the history when something is wrong\n"
    "Exit status 0: no anomaly, and whole in time; 1: not so; 2: there was no run.\n";

struct Options {
  faults::RunOptions run;
  double patience = 1;
};

using Values = std::map<std::string, std::string>;

// Empty for what is not `--key=value`.
Values parse(const std::vector<std::string>& arguments) {
  Values values{{"seed", "1"},     {"minutes", "2"}, {"broker", "postgres"}, {"faults", ""},
                {"patience", "1"}, {"backend", ""},  {"gateway", ""},        {"folder", ""}};
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

bool read_options(Values values, Options& options) {
  double minutes = 0;
  faults::RunOptions& run = options.run;
  const bool is_valid = absl::SimpleAtoi(values["seed"], &run.seed) && absl::SimpleAtod(values["minutes"], &minutes) &&
                        minutes > 0 && absl::SimpleAtod(values["patience"], &options.patience) &&
                        (values["broker"] == "postgres" || values["broker"] == "nats") && !values["backend"].empty() &&
                        !values["gateway"].empty() && std::filesystem::is_directory(values["folder"]);
  if (!is_valid) {
    std::cerr << kHelp;
    return false;
  }
  run.duration = std::chrono::milliseconds(static_cast<std::int64_t>(minutes * 60'000));
  run.faults = absl::StrSplit(values["faults"], ',', absl::SkipEmpty());
  run.rig.folder = values["folder"];
  run.rig.backend_program = values["backend"];
  run.rig.gateway_program = values["gateway"];
  run.rig.broker = values["broker"] == "nats" ? faults::BrokerKind::kNats : faults::BrokerKind::kPostgres;
  return true;
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
  return report->is_good(options.patience) ? EXIT_SUCCESS : kAnomalies;
}
