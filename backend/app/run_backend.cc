#include "backend/app/run_backend.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backend/app/health_probe.h"
#include "backend/app/signals.h"
#include "backend/app/token_command.h"
#include "common/clock.h"
#include "common/grpc_timers.h"
#include "common/logger.h"
#include "common/random.h"
#include "common/secret_file.h"
#include "common/secret_file_mode.h"
#include "common/settings.h"

namespace parley::backend {
namespace {

constexpr int kExitFailedStart = 1;
constexpr int kExitBadConfiguration = 2;
constexpr std::chrono::milliseconds kProbeLimit{2'000};

// gRPC's own errors as lines of this program's log.
void log_grpc_error(gpr_log_func_args* arguments) {
  const SystemClock clock;
  Logger("chat-backend", LogLevel::kInfo, clock)
      .warning("grpc_error", {{"source", arguments->file}, {"message", arguments->message}});
}

int probe(const Config& config) {
  const std::string target = absl::StrCat("127.0.0.1:", config.integer("grpc_port"));
  const absl::StatusOr<GrpcTlsFiles> tls = grpc_tls_files(config);
  const absl::Status status = tls.ok() ? probe_health(target, kProbeLimit, *tls) : tls.status();
  if (status.ok()) return 0;
  std::cerr << status.message() << '\n';
  return kExitFailedStart;
}

int make_gateway_credential(const Config& config) {
  const std::string& path = config.text("gateway_credential_file");
  if (path.empty()) {
    std::cerr << "chat-backend: give --gateway_credential_file\n";
    return kExitBadConfiguration;
  }
  SystemRandom random;
  const absl::Status made = make_secret_file(path, random);
  if (made.ok()) return 0;
  std::cerr << "chat-backend: " << made.message() << '\n';
  return kExitFailedStart;
}

int serve(const Config& config, const BrokerDecorator& decorate_broker) {
  const absl::StatusOr<Connections> connections = make_connections(config);
  if (!connections.ok()) {
    std::cerr << "chat-backend: " << connections.status().message() << '\n';
    return kExitBadConfiguration;
  }
  const std::optional<LogLevel> level = find_log_level(config.text("log_level"));
  if (!level.has_value()) {
    std::cerr << "chat-backend: log_level must be debug, info, warning or error\n";
    return kExitBadConfiguration;
  }
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function(log_grpc_error);
  // It would write a line of its own form for every malformed request.
  google::protobuf::SetLogHandler(nullptr);
  const SystemClock clock;
  const Logger logger("chat-backend", *level, clock);
  warn_of_readable_secrets(config, {"grpc_tls_key_file", "gateway_credential_file", "nats_credentials_file"}, logger);
  const GrpcTimers grpc_timers;
  Application application(config, *connections, clock, logger, decorate_broker);
  const absl::Status outcome = application.run();
  if (outcome.ok()) return 0;
  logger.error("start_failed", {{"reason", std::string(outcome.message())}});
  return kExitFailedStart;
}

}  // namespace

int run_backend(std::vector<std::string> arguments, const BrokerDecorator& decorate_broker) {
  prepare_signals();
  if (!arguments.empty() && arguments.front() == "token") {
    arguments.erase(arguments.begin());
    SystemRandom random;
    return run_token_command(std::move(arguments), process_environment(), random, std::cout, std::cerr);
  }
  const bool is_probe = !arguments.empty() && arguments.front() == "health";
  const bool wants_credential = !arguments.empty() && arguments.front() == "make-gateway-credential";
  if (is_probe || wants_credential) arguments.erase(arguments.begin());
  if (!arguments.empty() && arguments.front() == "--help") {
    std::cout << "chat-backend [options]         serves the API\n"
                 "chat-backend health [options]  asks a running backend on this machine whether it serves\n"
                 "chat-backend make-gateway-credential [options]\n"
                 "                               makes gateway_credential_file with a new secret, where there is none\n"
              << token_command_help() << '\n'
              << settings_help(Program::kBackend);
    return 0;
  }
  const absl::StatusOr<Config> config = Config::load(Program::kBackend, arguments, process_environment());
  if (!config.ok()) {
    std::cerr << "chat-backend: " << config.status().message() << '\n';
    return kExitBadConfiguration;
  }
  if (wants_credential) return make_gateway_credential(*config);
  return is_probe ? probe(*config) : serve(*config, decorate_broker);
}

}  // namespace parley::backend
