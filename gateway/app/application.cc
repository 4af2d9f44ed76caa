#include "gateway/app/application.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/metrics/process_metrics.h"
#include "common/port_file.h"
#include "gateway/app/gateway_metrics.h"
#include "gateway/app/make_identity.h"

namespace parley::gateway {
namespace {

constexpr std::chrono::milliseconds kControlInterval(100);
constexpr std::chrono::milliseconds kIdentityReloadInterval(1'000);
constexpr std::chrono::milliseconds kDrainPoll(10);
constexpr std::chrono::milliseconds kDrainPerSocket(2);

std::vector<std::unique_ptr<IoThread>> make_threads(std::size_t count, const Clock& clock,
                                                    std::chrono::milliseconds interval) {
  std::vector<std::unique_ptr<IoThread>> threads;
  threads.reserve(count);
  for (std::size_t index = 0; index < count; ++index) threads.push_back(std::make_unique<IoThread>(clock, interval));
  return threads;
}

std::vector<Executor*> executors_of(const std::vector<std::unique_ptr<IoThread>>& threads) {
  std::vector<Executor*> executors;
  executors.reserve(threads.size());
  for (const auto& thread : threads) executors.push_back(&thread->executor());
  return executors;
}

}  // namespace

Application::Application(const GatewaySettings& settings, const Clock& clock, RandomSource& random,
                         const Logger& logger)
    : settings_(settings),
      clock_(clock),
      random_(random),
      logger_(logger),
      backend_logger_(logger, "backend"),
      requests_logger_(logger, "requests"),
      requests_(requests_logger_, clock, settings.slow_request),
      gateway_id_(make_id(random)),
      admission_(settings.admission, clock),
      room_shares_(settings.rooms_per_address_max),
      control_(clock, kControlInterval),
      io_threads_(make_threads(settings.io_threads, clock, sweep_interval(settings.web))),
      pool_(settings.backends, settings.gateway_credential, make_channel_credentials(settings.backend_tls)),
      calls_(pool_, control_.context(), random, settings.call_deadline, settings.sends_waiting_max,
             settings.calls_under_way_max),
      link_(pool_, control_.context(), control_.executor(), random, backend_logger_, gateway_id_),
      health_(pool_, control_.context(), control_.executor(), random, backend_logger_),
      hub_(link_, control_.executor(), executors_of(io_threads_), clock, settings.hub),
      parts_(shared_parts()),
      drain_timer_(control_.context()),
      admin_pages_({[this](Exposition& exposition) { expose(exposition); }, [this] { return liveness(); },
                    [this] { return readiness(); }},
                   logger) {
  for (std::size_t index = 0; index < io_threads_.size(); ++index) {
    shards_.push_back(std::make_unique<IoShard>(parts_, *io_threads_[index], hub_.shard(index)));
  }
}

Application::~Application() = default;

SharedParts Application::shared_parts() {
  return {settings_,    gateway_id_, calls_, identity_, site_,     admission_,
          room_shares_, random_,     clock_, logger_,   requests_, [this] {
            return readiness(); }};
}

absl::Status Application::load_site() {
  if (!settings_.site_dir.empty()) {
    absl::StatusOr<Site> site = Site::load(settings_.site_dir);
    if (!site.ok()) return site.status();
    site_.set(std::make_shared<const Site>(*std::move(site)));
  }
  if (settings_.releases.folder.empty()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<ReleaseWatcher>> releases = ReleaseWatcher::open(settings_.releases, logger_);
  if (!releases.ok()) return releases.status();
  releases_ = *std::move(releases);
  if (std::shared_ptr<const Site> site = releases_->look()) site_.set(std::move(site));
  return absl::OkStatus();
}

void Application::take_site(std::shared_ptr<const Site> site) {
  const std::string version = site->page_version();
  const bool is_new = version != site_.get()->page_version();
  site_.set(std::move(site));
  if (!is_new) return;
  each_shard([notice = make_page_notice(version)](IoShard& shard) { shard.page_changed(notice); });
}

absl::Status Application::start() {
  absl::StatusOr<std::unique_ptr<Identity>> identity = make_identity(settings_.identity, random_, clock_, logger_);
  if (!identity.ok()) return identity.status();
  identity_ = *std::move(identity);
  identity_timer_.emplace(kIdentityReloadInterval, [this] { identity_->reload_if_changed(); });
  if (absl::Status usable = check_grpc_tls_files(settings_.backend_tls); !usable.ok()) return usable;
  if (absl::Status loaded = load_site(); !loaded.ok()) return loaded;
  for (const auto& shard : shards_) shard->page_changed(make_page_notice(site_.get()->page_version()));
  if (absl::Status listening = listen(); !listening.ok()) return listening;
  if (!settings_.tls.certificate_file.empty()) {
    if (absl::Status listening = listen_tls(); !listening.ok()) return listening;
    certificate_timer_.emplace(settings_.tls.reload_interval, [this] { certificate_->refresh(); });
  }
  if (absl::Status admin = start_admin(); !admin.ok()) return admin;
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    shards_[index]->start();
    io_threads_[index]->start();
  }
  control_.set_on_sweep([this](Session::TimePoint now) {
    hub_.registry().sweep(now);
    report_readiness();
  });
  control_.executor().post([this] {
    health_.start([this] { link_.health_changed(); });
    link_.start(hub_.registry(), [this] { each_shard([](IoShard& shard) { shard.lease_renewed(); }); });
  });
  control_.start();
  logger_.info("gateway_started", {{"address", settings_.address},
                                   {"port", port_},
                                   {"tls_port", tls_port_},
                                   {"io_threads", io_threads_.size()},
                                   {"gateway_id", gateway_id_},
                                   {"site", !site_.get()->empty()}});
  if (releases_) releases_->start([this](std::shared_ptr<const Site> site) { take_site(std::move(site)); });
  return absl::OkStatus();
}

absl::Status Application::listen() {
  if (absl::Status free = Listener::check_port_free(settings_.address, settings_.port); !free.ok()) return free;
  port_ = settings_.port;
  for (const auto& shard : shards_) {
    if (absl::Status listening = shard->listen(port_); !listening.ok()) return listening;
    port_ = shard->port();
  }
  return absl::OkStatus();
}

absl::Status Application::listen_tls() {
  const TlsSettings& tls = settings_.tls;
  absl::StatusOr<std::unique_ptr<ServerCertificate>> certificate =
      ServerCertificate::load(tls.certificate_file, tls.key_file, clock_, logger_);
  if (!certificate.ok()) return certificate.status();
  certificate_ = *std::move(certificate);
  if (absl::Status free = Listener::check_port_free(settings_.address, tls.port); !free.ok()) return free;
  tls_port_ = tls.port;
  for (const auto& shard : shards_) {
    if (absl::Status listening = shard->listen_tls(tls_port_); !listening.ok()) return listening;
    tls_port_ = shard->tls_port();
  }
  const std::uint16_t public_port = tls.public_port == 0 ? tls_port_ : tls.public_port;
  for (const auto& shard : shards_) shard->set_https({certificate_.get(), public_port, tls.hsts_max_age});
  return absl::OkStatus();
}

void Application::report_readiness() {
  if (port_reported_ || !readiness().ok()) return;
  port_reported_ = true;
  logger_.info("gateway_ready", {{"port", port_}, {"tls_port", tls_port_}});
  absl::Status written = absl::OkStatus();
  if (tls_port_ != 0) written = write_port_file(settings_.tls.port_file, tls_port_);
  if (written.ok()) written = write_port_file(settings_.port_file, port_);
  if (!written.ok()) logger_.error("port_file_failed", {{"error", std::string(written.message())}});
}

absl::Status Application::readiness() const {
  if (draining_.load(std::memory_order_acquire)) {
    return make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the gateway is shutting down");
  }
  const bool is_attached = link_.attached();
  // One that stands without saying how it is may well serve.
  const bool may_serve = is_attached && pool_.health(link_.backend()) == BackendHealth::kUnknown;
  if (pool_.any(BackendHealth::kNotServing) && !pool_.any(BackendHealth::kServing) && !may_serve) {
    return make_error(absl::StatusCode::kUnavailable, "BACKEND_NOT_SERVING",
                      "no backend that can be reached can write to the database");
  }
  if (is_attached) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnavailable, "BACKEND_UNAVAILABLE", "the gateway has no backend at the moment");
}

absl::Status Application::liveness() const {
  const auto now = clock_.steady_now();
  const auto hangs = [now](const IoThread& thread) { return thread.socket_metrics().sweeps.is_silent(now); };
  bool is_hanging = hangs(control_);
  for (const auto& thread : io_threads_) is_hanging = is_hanging || hangs(*thread);
  if (!is_hanging) return absl::OkStatus();
  return make_error(absl::StatusCode::kUnavailable, "THREAD_HANGS", "a thread has done nothing for too long");
}

absl::Status Application::start_admin() {
  if (settings_.admin_port < 0) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<AdminServer>> admin =
      AdminServer::start(settings_.admin_address, static_cast<std::uint16_t>(settings_.admin_port), admin_pages_);
  if (!admin.ok()) return admin.status();
  admin_ = *std::move(admin);
  logger_.info("admin_listening", {{"address", settings_.admin_address}, {"port", admin_->port()}});
  return absl::OkStatus();
}

void Application::expose(Exposition& exposition) const {
  GatewayMetrics metrics;
  metrics.websockets = admission_.connections();
  metrics.http_connections = admission_.http_connections();
  metrics.calls_under_way = calls_.calls_under_way();
  if (certificate_ != nullptr) {
    const auto expires = certificate_->current()->expires().time_since_epoch();
    metrics.certificate_expires_s = std::chrono::duration_cast<std::chrono::seconds>(expires).count();
  }
  metrics.is_ready = readiness().ok();
  metrics.is_attached = link_.attached();
  metrics.attaches = link_.attaches();
  metrics.losses = link_.losses();
  for (std::size_t index = 0; index < pool_.size(); ++index) {
    ++metrics.backends[static_cast<std::size_t>(pool_.health(index))];
  }
  metrics.registry = &hub_.registry_metrics();
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    metrics.deliveries.push_back(&hub_.delivery_metrics(index));
    metrics.connections.push_back(&shards_[index]->metrics());
    metrics.sockets.push_back(&std::as_const(*io_threads_[index]).socket_metrics());
  }
  expose_process(exposition, "chat-gateway");
  expose_gateway(exposition, metrics);
}

void Application::each_shard(const std::function<void(IoShard&)>& action) {
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    io_threads_[index]->executor().post([shard = shards_[index].get(), action] { action(*shard); });
  }
}

void Application::drain() {
  if (draining_.exchange(true)) return;
  draining_.notify_all();
  control_.executor().post([this] { begin_drain(); });
}

void Application::begin_drain() {
  logger_.info("gateway_draining", {{"connections", admission_.connections()}});
  drain_began_ = clock_.steady_now();
  drain_step_ = DrainStep::kSockets;
  // A few sockets end at once; many not faster than their clients can come in elsewhere.
  const auto sockets = static_cast<std::int64_t>(admission_.connections());
  const std::chrono::milliseconds spread = std::min(kDrainPerSocket * sockets, settings_.drain * 4 / 10);
  each_shard([spread](IoShard& shard) { shard.drain(spread); });
  arm_drain_timer();
}

void Application::arm_drain_timer() {
  drain_timer_.expires_after(kDrainPoll);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) advance_drain();
  });
}

// Four tenths of the time for the sockets' turns and two for their goodbyes, three for the calls that their ends make,
// one for the stream. Without a backend the calls have little hope, and the lease does their work.
void Application::advance_drain() {
  const auto passed = clock_.steady_now() - drain_began_;
  const bool sockets_gone = admission_.connections() == 0;
  const bool http_gone = sockets_gone && admission_.http_connections() == 0;
  const bool is_sockets_time_over = passed >= settings_.drain * 6 / 10;
  const bool is_calls_time_over = passed >= (link_.attached() ? settings_.drain * 9 / 10 : settings_.drain / 4);
  switch (drain_step_) {
    case DrainStep::kSockets:
      if (!sockets_gone && !is_sockets_time_over) break;
      each_shard([](IoShard& shard) { shard.stop_listening(); });
      drain_step_ = DrainStep::kHttp;
      break;
    case DrainStep::kHttp:
      if (!http_gone && !is_sockets_time_over) break;
      each_shard([](IoShard& shard) { shard.abandon(); });
      drain_step_ = DrainStep::kCalls;
      break;
    case DrainStep::kCalls:
      if (!(http_gone && calls_.calls_under_way() == 0) && !is_calls_time_over) break;
      calls_.stop();
      drain_step_ = DrainStep::kCallsEnd;
      break;
    case DrainStep::kCallsEnd:
      if (http_gone && calls_.calls_under_way() == 0) return end_drain();
      break;
    case DrainStep::kNone:
    case DrainStep::kStream: return;
  }
  arm_drain_timer();
}

void Application::end_drain() {
  drain_step_ = DrainStep::kStream;
  health_.stop([this] { link_.stop([this] { stopped_.set_value(); }); });
}

Application::Ending Application::wait() {
  std::future<void> stopped = stopped_.get_future();
  while (!draining_.load(std::memory_order_acquire)) draining_.wait(false);
  if (stopped.wait_for(settings_.drain) != std::future_status::ready) return Ending::kCutShort;
  for (const auto& thread : io_threads_) thread->stop();
  control_.stop();
  logger_.info("gateway_stopped");
  return Ending::kClean;
}

}  // namespace parley::gateway
