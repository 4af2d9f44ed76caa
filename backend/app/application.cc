#include "backend/app/application.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "backend/app/access_settings.h"
#include "backend/app/backend_metrics.h"
#include "backend/app/signals.h"
#include "backend/broker/nats_broker.h"
#include "backend/broker/postgres_broker.h"
#include "backend/postgres/connection_string.h"
#include "backend/postgres/migrations.h"
#include "common/errors.h"
#include "common/metrics/process_metrics.h"
#include "common/port_file.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDatabaseRetryLeast{100};
constexpr milliseconds kDatabaseRetryMost{2'000};
constexpr milliseconds kSignalWait{3'600'000};
// Part of the drain's time for what remains after the calls have ended.
constexpr milliseconds kStopReserve{500};
// For calls that came just before the gateways knew: they are refused in words instead of being cut off.
constexpr milliseconds kLateCalls{300};
// When the database cannot be asked for so long, nobody knows which tokens have been revoked meanwhile.
constexpr milliseconds kTokensStaleAfter{30'000};

std::size_t size(const Config& config, std::string_view key) { return static_cast<std::size_t>(config.integer(key)); }

PostgresStoreOptions store_options(const Config& config, const Connections& connections) {
  return {.connection_string = connections.requests,
          .workers = size(config, "database_workers"),
          .queue_max = size(config, "database_queue_max"),
          .batch_messages_max = size(config, "group_commit_messages_max"),
          .reads = {.page_bytes_max = config.integer("page_bytes_max"),
                    .resume_changes_max = config.integer("resume_changes_max")},
          .lease = config.milliseconds("lease_ms"),
          .slow_request = config.milliseconds("slow_request_ms")};
}

HubLimits hub_limits(const Config& config) {
  HubLimits limits;
  limits.poll_interval = config.milliseconds("hub_poll_ms");
  limits.presence_delay = config.milliseconds("presence_delay_ms");
  limits.resume_changes_max = config.integer("resume_changes_max");
  return limits;
}

std::unique_ptr<Broker> make_broker(const Connections& connections, RandomSource& random, const Logger& logger) {
  if (connections.nats.has_value()) return std::make_unique<NatsBroker>(*connections.nats, random, logger);
  PostgresBrokerOptions options;
  options.connection_string = connections.requests;
  return std::make_unique<PostgresBroker>(options, random, logger);
}

std::unique_ptr<Broker> decorated(std::unique_ptr<Broker> broker, const BrokerDecorator& decorate) {
  return decorate ? decorate(std::move(broker)) : std::move(broker);
}

absl::Status invalid(std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", message);
}

AttachOptions attach_options(const Config& config) {
  return {.events_max = size(config, "stream_queue_events_max"),
          .rooms_max = size(config, "rooms_per_stream_max"),
          .lease = config.milliseconds("lease_ms")};
}

SendStreamOptions send_options(const Config& config) {
  return {.under_way_max = size(config, "stream_sends_max"), .call_limit = config.milliseconds("call_ms_max")};
}

WritabilityWatchOptions watch_options(const Config& config) {
  WritabilityWatchOptions options;
  options.state.interval = config.milliseconds("write_probe_interval_ms");
  options.probe_limit = config.milliseconds("write_probe_timeout_ms");
  return options;
}

// Often enough that presence is told about when it is due.
milliseconds hub_tick_interval(const Config& config) {
  return std::clamp(config.milliseconds("presence_delay_ms") / 4, milliseconds(5), milliseconds(25));
}

}  // namespace

absl::StatusOr<Connections> make_connections(const Config& config) {
  const std::string& url = config.text("database_url");
  if (url.empty()) return invalid("database_url is not set: give --database_url or DATABASE_URL");
  const milliseconds timeout = config.milliseconds("statement_timeout_ms");
  absl::StatusOr<std::string> requests = make_connection_string(url, ConnectionUse::kRequests, timeout);
  if (!requests.ok()) return requests.status();
  absl::StatusOr<std::string> migrations = make_connection_string(url, ConnectionUse::kMigrations, timeout);
  if (!migrations.ok()) return migrations.status();
  absl::StatusOr<std::string> probe =
      make_connection_string(url, ConnectionUse::kProbe, config.milliseconds("write_probe_timeout_ms"));
  if (!probe.ok()) return probe.status();
  absl::StatusOr<CallAuthority::Options> authority = make_authority_options(config);
  if (!authority.ok()) return authority.status();
  Connections connections{.requests = *std::move(requests),
                          .migrations = *std::move(migrations),
                          .probe = *std::move(probe),
                          .nats = {},
                          .authority = *std::move(authority)};
  const std::string& broker = config.text("broker");
  if (broker == "postgres") return connections;
  if (broker != "nats") return invalid("broker must be postgres or nats");
  absl::StatusOr<NatsBrokerOptions> nats = make_nats_options(config);
  if (!nats.ok()) return nats.status();
  connections.nats = *std::move(nats);
  return connections;
}

absl::StatusOr<GrpcTlsFiles> grpc_tls_files(const Config& config) {
  const GrpcTlsFiles files{config.text("grpc_tls_certificate_file"), config.text("grpc_tls_key_file"),
                           config.text("grpc_tls_client_authority_file"),
                           std::chrono::ceil<std::chrono::seconds>(config.milliseconds("tls_reload_interval_ms"))};
  if (files.certificate.empty() != files.key.empty()) {
    return invalid("grpc_tls_certificate_file and grpc_tls_key_file belong together: give both or none");
  }
  if (files.certificate.empty() && !files.authority.empty()) {
    return invalid("grpc_tls_client_authority_file needs grpc_tls_certificate_file: without it no TLS is spoken");
  }
  return files;
}

Application::Application(const Config& config, const Connections& connections, const Clock& clock, const Logger& logger,
                         const BrokerDecorator& decorate_broker)
    : config_(config),
      connections_(connections),
      clock_(clock),
      logger_(logger),
      requests_logger_(logger, "requests"),
      broker_logger_(logger, "broker"),
      requests_(requests_logger_, clock, config.milliseconds("slow_request_ms")),
      store_(store_options(config, connections), clock, logger),
      hub_(store_, clock, hub_limits(config)),
      broker_(decorated(make_broker(connections, random_, broker_logger_), decorate_broker)),
      chat_(store_, hub_, *broker_, random_, logger),
      tokens_(store_, kTokensStaleAfter, clock, logger),
      authority_(connections.authority, tokens_),
      registry_(size(config, "streams_max")),
      calls_{.gate = gate_,
             .authority = authority_,
             .notes = {.metrics = api_metrics_, .requests = requests_},
             .call_limit = config.milliseconds("call_ms_max")},
      streams_{.gate = gate_, .registry = registry_, .authority = authority_, .notes = calls_.notes},
      chat_service_(chat_, calls_, streams_, size(config, "stream_queue_events_max")),
      gateway_service_(chat_, streams_, attach_options(config), send_options(config), logger),
      probe_(connections.probe),
      admin_pages_({[this](Exposition& exposition) { expose(exposition); }, [this] { return liveness(); },
                    [this] { return readiness(); }},
                   logger) {}

absl::Status Application::run() {
  const absl::StatusOr<GrpcTlsFiles> tls = grpc_tls_files(config_);
  if (!tls.ok()) return tls.status();
  if (absl::Status usable = check_grpc_tls_files(*tls); !usable.ok()) return usable;
  grpc::Service* const services[] = {&chat_service_, &gateway_service_};
  auto server = GrpcServer::start(config_.text("grpc_address"), static_cast<int>(config_.integer("grpc_port")),
                                  services, make_server_credentials(*tls));
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  logger_.info("listening", {{"address", config_.text("grpc_address")}, {"port", server_->port()}});
  if (absl::Status admin = start_admin(); !admin.ok()) return admin;
  absl::StatusOr<bool> has_database = wait_for_database();
  absl::Status outcome = has_database.status();
  if (has_database.ok() && *has_database) outcome = serve();
  drain();
  return outcome;
}

absl::StatusOr<bool> Application::wait_for_database() {
  milliseconds pause{0};
  while (true) {
    const absl::Status prepared = prepare_database();
    if (prepared.ok()) return true;
    if (!is_retryable(prepared)) return prepared;
    pause = std::clamp(2 * pause, kDatabaseRetryLeast, kDatabaseRetryMost);
    logger_.warning("waiting_for_database",
                    {{"reason", std::string(prepared.message())}, {"retry_in_ms", pause.count()}});
    if (wait_for_stop_signal(pause)) return false;
  }
}

absl::Status Application::prepare_database() {
  const absl::Status migrated = migrate(connections_.migrations, embedded_migrations(), logger_);
  return migrated.ok() ? probe_.probe(config_.milliseconds("write_probe_timeout_ms")) : migrated;
}

absl::Status Application::serve() {
  store_.open();
  tokens_.set_on_taken_away(
      [this] { registry_.end_unless([this](const CallCaller& caller) { return authority_.check_again(caller); }); });
  tokens_.refresh();
  token_timer_.emplace(config_.milliseconds("api_token_refresh_ms"), [this] { tokens_.refresh(); });
  broker_->start({.on_hint =
                      [this](const Hint& hint) {
                        hints_received_.add();
                        hub_.take_hint(hint);
                      },
                  .on_reconnected =
                      [this] {
                        broker_connections_.add();
                        hub_.compare_heads();
                      }});
  hub_timer_.emplace(hub_tick_interval(config_), [this] {
    hub_.tick();
    hub_ticks_.beat(clock_.steady_now());
  });
  reaper_.emplace(config_.milliseconds("reap_interval_ms"), [this] { chat_.reap(); });
  note_writable(true);
  watch_.emplace(probe_, watch_options(config_), clock_, random_, logger_,
                 [this](bool is_writable) { note_writable(is_writable); });
  if (absl::Status written = write_port_file(config_.text("port_file"), server_->port()); !written.ok()) {
    return written;
  }
  logger_.info("serving", {{"port", server_->port()}, {"requires_tokens", connections_.authority.requires_tokens}});
  while (!wait_for_stop_signal(kSignalWait)) {
  }
  return absl::OkStatus();
}

void Application::note_writable(bool is_writable) {
  is_writable_.set(is_writable ? 1 : 0);
  server_->set_serving(is_writable);
}

absl::Status Application::start_admin() {
  const std::int64_t port = config_.integer("admin_port");
  if (port < 0) return absl::OkStatus();
  const std::string& address = config_.text("admin_address");
  absl::StatusOr<std::unique_ptr<AdminServer>> admin =
      AdminServer::start(address, static_cast<std::uint16_t>(port), admin_pages_);
  if (!admin.ok()) return admin.status();
  admin_ = *std::move(admin);
  logger_.info("admin_listening", {{"address", address}, {"port", admin_->port()}});
  return absl::OkStatus();
}

absl::Status Application::liveness() const {
  if (!hub_ticks_.is_silent(clock_.steady_now())) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnavailable, "THREAD_HANGS", "the hub has done nothing for too long");
}

absl::Status Application::readiness() const {
  if (is_writable_.value() != 0) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE",
                    "this backend is starting or shutting down, or its database takes no writes");
}

void Application::expose(Exposition& exposition) const {
  expose_process(exposition, "chat-backend");
  expose_backend(exposition, {.api = api_metrics_,
                              .chat = chat_.metrics(),
                              .hub = hub_.metrics(),
                              .hub_sizes = hub_.sizes(),
                              .store = store_,
                              .streams = registry_.size(),
                              .is_ready = readiness().ok(),
                              .hints_received = hints_received_.value(),
                              .broker_connections = broker_connections_.value()});
}

void Application::drain() {
  const milliseconds limit = config_.milliseconds("drain_ms");
  logger_.info("draining", {{"limit_ms", limit.count()}});
  // A database that answers nothing can hold a thread longer than the drain may take.
  Periodic overrun(limit + kStopReserve, [this] {
    logger_.error("drain_overrun");
    _exit(1);
  });
  if (watch_.has_value()) watch_->request_stop();
  note_writable(false);
  gate_.close();
  registry_.end_all();
  const bool is_idle = gate_.wait_until_empty(std::max(limit - 2 * kStopReserve, milliseconds(0)));
  if (!is_idle) logger_.warning("drain_cancels_calls");
  if (!is_idle) store_.stop();
  server_->shut_down(is_idle ? kLateCalls : milliseconds(0));
  reaper_.reset();
  hub_timer_.reset();
  hub_ticks_.end();
  token_timer_.reset();
  broker_->stop();
  store_.stop();
  logger_.info("stopped");
}

}  // namespace parley::backend
