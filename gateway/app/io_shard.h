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
  const Site& site;
  Admission& admission;
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

  // The rest on the thread.
  void start() { listener_->start(); }
  // Lets what there is end in an orderly way, spread over that time, and refuses upgrades.
  void drain(std::chrono::milliseconds spread) { thread_.drain(spread, parts_.random); }
  // Accepts no connections any more, and lets what is left end in an orderly way.
  void stop_listening();
  void abandon();
  // Stores every open connection again, a few at a time.
  void lease_renewed();

  // Any thread.
  const ConnectionMetrics& metrics() const { return metrics_; }

 private:
  void connect_next();

  const SharedParts& parts_;
  IoThread& thread_;
  const Logger logger_;
  ConnectionMetrics metrics_;
  const std::shared_ptr<Departures> departures_;
  ConnectionEnvironment connections_;
  WebEnvironment web_;
  std::unique_ptr<Listener> listener_;
  std::deque<std::weak_ptr<ChatConnection>> to_connect_;
  std::size_t connecting_ = 0;
};

}  // namespace parley::gateway
