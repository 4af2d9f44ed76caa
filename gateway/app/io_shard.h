// One I/O thread with everything that belongs to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "gateway/app/gateway_settings.h"
#include "gateway/web/listener.h"

namespace parley::gateway {

// What all I/O threads share; outlives them.
struct SharedParts {
  const GatewaySettings& settings;
  std::string gateway_id;
  ChatCalls& calls;
  const std::unique_ptr<Identity>& identity;  // made before the first socket is accepted
  const CurrentSite& site;
  Admission& admission;
  RoomShares& room_shares;
  RandomSource& random;
  const Clock& clock;
  const Logger& logger;
  const RequestLog& requests;
  std::function<absl::Status()> readiness;
};

class IoShard {
 public:
  // `thread` and `shard` are this thread's, and outlive the object.
  IoShard(const SharedParts& parts, IoThread& thread, HubShard& shard);

  // Before the thread runs. See Listener::open.
  absl::Status listen(std::uint16_t port);
  std::uint16_t port() const { return listener_->port(); }
  // The same over TLS, which takes set_https() too before the thread runs.
  absl::Status listen_tls(std::uint16_t port);
  std::uint16_t tls_port() const { return tls_listener_->port(); }
  void set_https(const HttpsSite& https) { web_.https = https; }

  // The rest on the thread.
  void start();
  // Lets what there is end in an orderly way, spread over that time, and refuses upgrades.
  void drain(std::chrono::milliseconds spread) { thread_.drain(spread, parts_.random); }
  // Accepts no connections any more, and lets what is left end in an orderly way.
  void stop_listening();
  void abandon();
  // Another version of the page is served: tells those who are here, and those to come.
  void page_changed(const PageNotice& notice);
  // Stores every open connection again, a few at a time.
  void lease_renewed();

  // Any thread.
  const ConnectionMetrics& metrics() const { return metrics_; }

 private:
  void connect_next();
  void close_listeners();

  const SharedParts& parts_;
  IoThread& thread_;
  const Logger logger_;
  ConnectionMetrics metrics_;
  const std::shared_ptr<Departures> departures_;
  ConnectionEnvironment connections_;
  WebEnvironment web_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Listener> tls_listener_;  // null without TLS
  std::deque<std::weak_ptr<ChatConnection>> to_connect_;
  std::size_t connecting_ = 0;
};

}  // namespace parley::gateway
