#include "gateway/app/gateway_settings.h"

#include <algorithm>
#include <thread>

#include "common/errors.h"

namespace parley::gateway {
namespace {

std::size_t size_of(const Config& config, std::string_view key) {
  return static_cast<std::size_t>(config.integer(key));
}

absl::StatusOr<LogLevel> log_level(const std::string& name) {
  if (const auto level = find_log_level(name); level.has_value()) return *level;
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                    "log_level must be debug, info, warning or error, not \"" + name + "\"");
}

}  // namespace

absl::StatusOr<GatewaySettings> read_settings(const Config& config) {
  const absl::StatusOr<LogLevel> level = log_level(config.text("log_level"));
  if (!level.ok()) return level.status();
  GatewaySettings settings;
  settings.log_level = *level;
  settings.slow_request = config.milliseconds("slow_request_ms");
  settings.admin_address = config.text("admin_address");
  settings.admin_port = static_cast<int>(config.integer("admin_port"));
  settings.address = config.text("address");
  settings.port = static_cast<std::uint16_t>(config.integer("port"));
  settings.port_file = config.text("port_file");
  settings.backends = config.list("backends");
  if (settings.backends.empty()) {
    return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID",
                      "backends must name at least one host:port");
  }
  settings.site_dir = config.text("site_dir");
  settings.allowed_origins = config.list("allowed_origins");
  const std::size_t threads = size_of(config, "io_threads");
  settings.io_threads = threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  settings.drain = config.milliseconds("drain_ms");
  settings.call_deadline = config.milliseconds("call_deadline_ms");
  settings.sends_waiting_max = size_of(config, "sends_waiting_max");
  settings.admission = {size_of(config, "connections_max"), size_of(config, "connections_per_address_max"),
                        size_of(config, "http_connections_max")};
  settings.hub = {{size_of(config, "rooms_max"), config.milliseconds("room_linger_ms")},
                  size_of(config, "send_queue_bytes_max")};
  settings.connections = {size_of(config, "commands_outstanding_max"), size_of(config, "commands_per_second_max"),
                          size_of(config, "rooms_per_connection_max"),
                          static_cast<int>(config.integer("tutorial_history_messages_max")), settings.call_deadline};
  settings.web = {size_of(config, "frame_bytes_max"),           size_of(config, "send_queue_bytes_max"),
                  size_of(config, "header_bytes_max"),          config.milliseconds("handshake_timeout_ms"),
                  config.milliseconds("keep_alive_timeout_ms"), config.milliseconds("response_timeout_ms"),
                  config.milliseconds("close_timeout_ms"),      config.milliseconds("ping_interval_ms")};
  return settings;
}

std::chrono::milliseconds sweep_interval(const WebLimits& limits) {
  const std::chrono::milliseconds shortest =
      std::min({limits.handshake_timeout, limits.keep_alive_timeout, limits.response_timeout, limits.close_timeout,
                limits.ping_interval});
  return std::clamp(shortest / 8, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

}  // namespace parley::gateway
