// chat-backend: the gRPC API of Parley on PostgreSQL. `chat-backend --help` lists the options.
#include <grpc/support/log.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backend/app/application.h"
#include "backend/app/health_probe.h"
#include "backend/app/signals.h"
#include "common/clock.h"
#include "common/logger.h"
#include "common/settings.h"

namespace {

constexpr int kExitFailedStart = 1;
constexpr int kExitBadConfiguration = 2;
constexpr std::chrono::milliseconds kProbeLimit{2'000};

parley::LogLevel log_level(const std::string& name) {
  if (name == "debug") return parley::LogLevel::kDebug;
  if (name == "warning") return parley::LogLevel::kWarning;
  if (name == "error") return parley::LogLevel::kError;
  return parley::LogLevel::kInfo;
}

// gRPC's own errors as lines of this program's log.
void log_grpc_error(gpr_log_func_args* arguments) {
  const parley::SystemClock clock;
  parley::Logger("chat-backend", parley::LogLevel::kInfo, clock)
      .warning("grpc_error", {{"source", arguments->file}, {"message", arguments->message}});
}

int probe(const parley::Config& config) {
  const std::string target = absl::StrCat("127.0.0.1:", config.integer("grpc_port"));
  const absl::Status status = parley::backend::probe_health(target, kProbeLimit);
  if (status.ok()) return 0;
  std::cerr << status.message() << '\n';
  return kExitFailedStart;
}

int serve(const parley::Config& config) {
  const absl::StatusOr<parley::backend::ConnectionStrings> strings = parley::backend::make_connection_strings(config);
  if (!strings.ok()) {
    std::cerr << "chat-backend: " << strings.status().message() << '\n';
    return kExitBadConfiguration;
  }
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function(log_grpc_error);
  const parley::SystemClock clock;
  const parley::Logger logger("chat-backend", log_level(config.text("log_level")), clock);
  parley::backend::Application application(config, *strings, clock, logger);
  const absl::Status outcome = application.run();
  if (outcome.ok()) return 0;
  logger.error("start_failed", {{"reason", std::string(outcome.message())}});
  return kExitFailedStart;
}

}  // namespace

int main(int argument_count, char** argument_values) {
  parley::backend::prepare_signals();
  std::vector<std::string> arguments(argument_values + 1, argument_values + argument_count);
  const bool is_probe = !arguments.empty() && arguments.front() == "health";
  if (is_probe) arguments.erase(arguments.begin());
  if (!arguments.empty() && arguments.front() == "--help") {
    std::cout << "chat-backend [options]         serves the API\n"
                 "chat-backend health [options]  asks a running backend on this machine whether it serves\n\n"
              << parley::settings_help(parley::Program::kBackend);
    return 0;
  }
  const absl::StatusOr<parley::Config> config =
      parley::Config::load(parley::Program::kBackend, arguments, parley::process_environment());
  if (!config.ok()) {
    std::cerr << "chat-backend: " << config.status().message() << '\n';
    return kExitBadConfiguration;
  }
  return is_probe ? probe(*config) : serve(*config);
}
