#include "gateway/app/io_shard.h"

#include <utility>

namespace parley::gateway {
namespace {

constexpr std::size_t kConnectingMax = 32;

}  // namespace

IoShard::IoShard(const SharedParts& parts, IoThread& thread, HubShard& shard)
    : parts_(parts),
      thread_(thread),
      logger_(parts.logger, "connections"),
      departures_(std::make_shared<Departures>(parts.calls, thread.executor(), parts.clock, logger_,
                                               parts.settings.admission.connections_max)),
      connections_{parts.gateway_id, parts.settings.connections,
                   parts.calls,      shard,
                   *departures_,     thread.executor(),
                   parts.random,     parts.clock,
                   logger_,          metrics_,
                   parts.requests,   parts.room_shares},
      web_{parts.settings.web,
           parts.settings.allowed_origins,
           parts.identity,
           parts.site,
           parts.admission,
           parts.readiness,
           thread,
           connections_,
           0,
           {},
           parts.settings.proxies,
           {},
           parts.settings.names} {
  thread_.set_on_sweep([this](Session::TimePoint now) {
    departures_->sweep(now);
    metrics_.departures_waiting.set(static_cast<std::int64_t>(departures_->count()));
  });
}

absl::Status IoShard::listen(std::uint16_t port) {
  absl::StatusOr<std::unique_ptr<Listener>> listener =
      Listener::open(web_, parts_.settings.address, port, Protocol::kPlain);
  if (!listener.ok()) return listener.status();
  listener_ = *std::move(listener);
  return absl::OkStatus();
}

absl::Status IoShard::listen_tls(std::uint16_t port) {
  absl::StatusOr<std::unique_ptr<Listener>> listener =
      Listener::open(web_, parts_.settings.address, port, Protocol::kTls);
  if (!listener.ok()) return listener.status();
  tls_listener_ = *std::move(listener);
  return absl::OkStatus();
}

void IoShard::start() {
  listener_->start();
  if (tls_listener_ != nullptr) tls_listener_->start();
}

void IoShard::stop_listening() {
  close_listeners();
  thread_.drain_now();
}

void IoShard::abandon() {
  close_listeners();
  thread_.abandon();
}

void IoShard::close_listeners() {
  listener_->stop();
  if (tls_listener_ != nullptr) tls_listener_->stop();
}

void IoShard::page_changed(const PageNotice& notice) {
  connections_.page_version = notice.version;
  for (ChatConnection* connection : connections_.connected) connection->page_changed(notice);
}

void IoShard::lease_renewed() {
  ++web_.leases;
  departures_->forget();
  to_connect_.clear();
  for (ChatConnection* connection : connections_.connected) to_connect_.push_back(connection->weak_from_this());
  while (connecting_ < kConnectingMax && !to_connect_.empty()) connect_next();
}

void IoShard::connect_next() {
  const std::shared_ptr<ChatConnection> connection = to_connect_.front().lock();
  to_connect_.pop_front();
  if (connection == nullptr) return;
  ++connecting_;
  connection->connect_again([this] {
    --connecting_;
    while (connecting_ < kConnectingMax && !to_connect_.empty()) connect_next();
  });
}

}  // namespace parley::gateway
