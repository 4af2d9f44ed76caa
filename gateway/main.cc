// chat-gateway: the WebSockets and the site. `chat-gateway --help` lists the options; `chat-gateway health` asks a
// running one whether it is ready; `chat-gateway rotate-session-key` makes a new key for sessions.
#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "common/clock.h"
#include "common/grpc_timers.h"
#include "common/logger.h"
#include "common/random.h"
#include "common/secret_file_mode.h"
#include "common/settings.h"
#include "gateway/app/application.h"
#include "gateway/app/descriptor_limit.h"
#include "gateway/app/gateway_settings.h"
#include "gateway/app/health_probe.h"
#include "gateway/identity/session_keys.h"

namespace {

namespace gateway = parley::gateway;

constexpr int kSuccess = 0;
constexpr int kStartFailed = 1;
constexpr int kConfigurationInvalid = 2;
constexpr std::chrono::milliseconds kProbeLimit(3'000);
// Beside the sockets: logs, listeners, backends, gRPC's own.
constexpr std::size_t kOtherDescriptors = 256;

int configuration_invalid(const absl::Status& status) {
  std::cerr << "chat-gateway: " << status.message() << "\n";
  return kConfigurationInvalid;
}

int probe(const gateway::GatewaySettings& settings) {
  const absl::Status health = gateway::probe_health(settings.port, kProbeLimit);
  if (!health.ok()) std::cerr << "chat-gateway: " << health.message() << "\n";
  return health.ok() ? kSuccess : kStartFailed;
}

// Blocks until a signal asks for the end.
class SignalThread {
 public:
  explicit SignalThread(gateway::Application& application) : signals_(context_, SIGINT, SIGTERM) {
    signals_.async_wait([&application](const boost::system::error_code& error, int) {
      if (!error) application.drain();
    });
    thread_ = std::thread([this] { context_.run(); });
  }
  ~SignalThread() {
    context_.stop();
    thread_.join();
  }

 private:
  boost::asio::io_context context_;
  boost::asio::signal_set signals_;
  std::thread thread_;
};

int rotate_session_key(const gateway::GatewaySettings& settings) {
  const std::string& path = settings.identity.session_key_file;
  if (path.empty()) {
    std::cerr << "chat-gateway: give --session_key_file\n";
    return kConfigurationInvalid;
  }
  parley::SystemRandom random;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const absl::Status rotated =
      gateway::rotate_session_keys(path, random, std::chrono::duration_cast<std::chrono::seconds>(now).count());
  if (!rotated.ok()) {
    std::cerr << "chat-gateway: " << rotated.message() << "\n";
    return kStartFailed;
  }
  std::cerr << "A new key is in " << path << ". Gateways sign with it in a minute; the last two are accepted still.\n";
  return kSuccess;
}

int serve(const parley::Config& config, const gateway::GatewaySettings& settings) {
  const parley::SystemClock clock;
  parley::SystemRandom random;
  const parley::Logger logger("chat-gateway", settings.log_level, clock);
  parley::warn_of_readable_secrets(
      config, {"tls_key_file", "backend_tls_key_file", "gateway_credential_file", "session_key_file"}, logger);
  gateway::raise_descriptor_limit(
      settings.admission.connections_max + settings.admission.http_connections_max + kOtherDescriptors, logger);
  const parley::GrpcTimers grpc_timers;
  gateway::Application application(settings, clock, random, logger);
  const absl::Status started = application.start();
  if (!started.ok()) {
    logger.error("start_failed", {{"error", std::string(started.message())}});
    return kStartFailed;
  }
  const SignalThread signals(application);
  if (application.wait() == gateway::Application::Ending::kCutShort) {
    logger.warning("drain_cut_short");
    std::cerr.flush();
    _exit(kSuccess);
  }
  return kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool wants_health = !arguments.empty() && arguments.front() == "health";
  const bool wants_key = !arguments.empty() && arguments.front() == "rotate-session-key";
  if (wants_health || wants_key) arguments.erase(arguments.begin());
  for (const std::string& argument : arguments) {
    if (argument != "--help") continue;
    std::cout << "chat-gateway [options]                     serves the site and the WebSockets\n"
                 "chat-gateway health [options]              asks a running one on this machine whether it is ready\n"
                 "chat-gateway rotate-session-key [options]  makes a new key for sessions in session_key_file\n\n"
              << parley::settings_help(parley::Program::kGateway);
    return kSuccess;
  }
  const absl::StatusOr<parley::Config> config =
      parley::Config::load(parley::Program::kGateway, arguments, parley::process_environment());
  if (!config.ok()) return configuration_invalid(config.status());
  const absl::StatusOr<gateway::GatewaySettings> settings = gateway::read_settings(*config);
  if (!settings.ok()) return configuration_invalid(settings.status());
  std::signal(SIGPIPE, SIG_IGN);
  // It would write a line for every malformed frame.
  google::protobuf::SetLogHandler(nullptr);
  if (wants_health) return probe(*settings);
  return wants_key ? rotate_session_key(*settings) : serve(*config, *settings);
}
