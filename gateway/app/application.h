// The whole gateway: every object, in the order in which they are made, started and stopped.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "absl/status/status.h"
#include "common/admin/admin_server.h"
#include "common/clock.h"
#include "common/logger.h"
#include "common/periodic.h"
#include "common/random.h"
#include "gateway/app/gateway_settings.h"
#include "gateway/app/io_shard.h"
#include "gateway/backend/attach_link.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/backend/grpc_chat_calls.h"
#include "gateway/backend/health_watch.h"
#include "gateway/hub/hub.h"
#include "gateway/identity/identity.h"
#include "gateway/site/current_site.h"
#include "gateway/site/release_watcher.h"
#include "gateway/web/admission.h"
#include "gateway/web/io_thread.h"
#include "gateway/web/server_certificate.h"

namespace parley::gateway {

// start(), then drain(), then wait(). Several may live in one process.
class Application {
 public:
  // All arguments outlive the application.
  Application(const GatewaySettings& settings, const Clock& clock, RandomSource& random, const Logger& logger);
  // After wait(), or without a start().
  ~Application();

  // Reads the site, listens, and begins to look for a backend. FAILED_PRECONDITION in words for an operator.
  absl::Status start();
  // The bound port, once started.
  std::uint16_t port() const { return port_; }
  // The same of TLS; 0 without.
  std::uint16_t tls_port() const { return tls_port_; }
  // Attached to a backend, one that can write is known, and not draining; otherwise the reason. Any thread.
  absl::Status readiness() const;
  // Every thread that serves has done so lately; otherwise the process is of no use any more. Any thread.
  absl::Status liveness() const;
  // What /metrics says. Any thread.
  void expose(Exposition& exposition) const;
  // Begins the orderly end: upgrades are refused (503, SHUTTING_DOWN), the sockets are closed with 1012 one after the
  // other, each when its commands under way are answered, and their connections removed. Any thread; repeating it does
  // nothing.
  void drain();
  // Blocks until the drain has ended, or has taken settings.drain. kCutShort: something still hangs, so that the
  // application must not be destroyed: leave the process.
  enum class Ending { kClean, kCutShort };
  Ending wait();

 private:
  enum class DrainStep { kNone, kSockets, kHttp, kCalls, kCallsEnd, kStream };

  SharedParts shared_parts();
  absl::Status listen();
  absl::Status listen_tls();
  absl::Status load_site();
  // On the watcher's thread.
  void take_site(std::shared_ptr<const Site> site);
  absl::Status start_admin();
  void begin_drain();
  void advance_drain();
  void end_drain();
  void arm_drain_timer();
  void each_shard(const std::function<void(IoShard&)>& action);
  void report_readiness();

  const GatewaySettings& settings_;
  const Clock& clock_;
  RandomSource& random_;
  const Logger& logger_;
  const Logger backend_logger_;
  const Logger requests_logger_;
  const RequestLog requests_;
  const std::string gateway_id_;

  std::unique_ptr<Identity> identity_;  // from start() on
  std::optional<Periodic> identity_timer_;
  CurrentSite site_;
  std::unique_ptr<ServerCertificate> certificate_;  // null without TLS
  Admission admission_;
  RoomShares room_shares_;
  IoThread control_;                                   // hub registry, stream, timers
  std::vector<std::unique_ptr<IoThread>> io_threads_;  // sockets
  BackendPool pool_;
  GrpcChatCalls calls_;
  AttachLink link_;
  HealthWatch health_;
  Hub hub_;
  SharedParts parts_;
  std::vector<std::unique_ptr<IoShard>> shards_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::optional<Periodic> certificate_timer_;

  std::atomic<bool> draining_ = false;
  DrainStep drain_step_ = DrainStep::kNone;  // on the control thread
  std::chrono::steady_clock::time_point drain_began_;
  boost::asio::steady_timer drain_timer_;
  bool port_reported_ = false;
  std::promise<void> stopped_;
  std::unique_ptr<ReleaseWatcher> releases_;  // where there is a folder of them
  const AdminPages admin_pages_;
  std::unique_ptr<AdminServer> admin_;  // the first one to go: it looks at all the others
};

}  // namespace parley::gateway
