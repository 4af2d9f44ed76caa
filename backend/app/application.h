// Builds the backend out of its parts, and stops them in the right order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "backend/api/call_authority.h"
#include "backend/api/services.h"
#include "backend/app/grpc_server.h"
#include "backend/app/writability_watch.h"
#include "backend/broker/nats_options.h"
#include "backend/chat/api_token_book.h"
#include "backend/chat/broker.h"
#include "backend/chat/chat_rooms.h"
#include "backend/chat/hub.h"
#include "backend/postgres/postgres_store.h"
#include "backend/postgres/postgres_write_probe.h"
#include "common/admin/admin_server.h"
#include "common/clock.h"
#include "common/grpc_tls.h"
#include "common/heartbeat.h"
#include "common/logger.h"
#include "common/periodic.h"
#include "common/random.h"
#include "common/settings.h"

namespace parley::backend {

// What depends on the configuration and may be wrong about it.
struct Connections {
  std::string requests;                   // connection string
  std::string migrations;                 // connection string
  std::string probe;                      // connection string
  std::optional<NatsBrokerOptions> nats;  // absent: hints go through the database
  CallAuthority::Options authority;
};

// INVALID_ARGUMENT (CONFIGURATION_INVALID).
absl::StatusOr<Connections> make_connections(const Config& config);

// INVALID_ARGUMENT (CONFIGURATION_INVALID) for files that make no sense together.
absl::StatusOr<GrpcTlsFiles> grpc_tls_files(const Config& config);

// Puts something between the backend and its broker, for tests of lost, late or doubled hints.
using BrokerDecorator = std::function<std::unique_ptr<Broker>(std::unique_ptr<Broker>)>;

// Each member may use those above it: they are built from top to bottom and destroyed the other way round.
class Application {
 public:
  // `config`, `clock` and `logger` outlive the application. Without `decorate_broker` the broker is used as it is.
  Application(const Config& config, const Connections& connections, const Clock& clock, const Logger& logger,
              const BrokerDecorator& decorate_broker = {});

  // Listens (calls are answered with DATABASE_UNAVAILABLE at first), brings the database's schema up to date and waits
  // until it takes a write, as long as that may last; serves, with a health that follows the database's writability;
  // drains on SIGTERM or SIGINT. Call once, on the main thread, after prepare_signals(). An error means that the start
  // failed.
  absl::Status run();

 private:
  // False: a signal came before the database.
  absl::StatusOr<bool> wait_for_database();
  // The schema is there, and the database takes writes.
  absl::Status prepare_database();
  absl::Status serve();
  void drain();
  void note_writable(bool is_writable);
  absl::Status start_admin();
  absl::Status liveness() const;
  absl::Status readiness() const;
  void expose(Exposition& exposition) const;

  const Config& config_;
  const Connections connections_;
  const Clock& clock_;
  const Logger& logger_;
  const Logger requests_logger_;
  const Logger broker_logger_;
  const RequestLog requests_;
  ApiMetrics api_metrics_;
  Gauge is_writable_;  // 1: serving, and the database takes writes
  Heartbeat hub_ticks_;
  Counter hints_received_;
  Counter broker_connections_;
  SystemRandom random_;
  PostgresStore store_;
  Hub hub_;
  const std::unique_ptr<Broker> broker_;
  ChatRooms chat_;
  ApiTokenBook tokens_;
  const CallAuthority authority_;
  CallGate gate_;
  StreamRegistry registry_;
  CallEnvironment calls_;
  StreamEnvironment streams_;
  ChatServiceApi chat_service_;
  GatewayServiceApi gateway_service_;
  std::unique_ptr<GrpcServer> server_;
  std::optional<Periodic> hub_timer_;
  std::optional<Periodic> reaper_;
  std::optional<Periodic> token_timer_;
  PostgresWriteProbe probe_;
  std::optional<WritabilityWatch> watch_;
  const AdminPages admin_pages_;
  std::unique_ptr<AdminServer> admin_;  // the first one to go: it looks at all the others
};

}  // namespace parley::backend
