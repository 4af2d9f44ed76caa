#include "tests/postgres/support/broker_world.h"

#include <utility>

#include "backend/broker/nats_broker.h"
#include "backend/broker/postgres_broker.h"
#include "tests/postgres/support/nats_cluster.h"

namespace parley::backend {
namespace {

class PostgresWorld final : public BrokerWorld {
 public:
  explicit PostgresWorld(const TestDatabase& database) : database_(database) {}

  std::unique_ptr<Broker> make_broker(RandomSource& random, const Logger& logger) const override {
    PostgresBrokerOptions options;
    options.connection_string = database_.connection_string();
    return std::make_unique<PostgresBroker>(options, random, logger);
  }
  std::unique_ptr<Broker> make_lost_broker(RandomSource& random, const Logger& logger) const override {
    PostgresBrokerOptions options;
    options.connection_string = "host='/nowhere' dbname='x' connect_timeout='1'";
    return std::make_unique<PostgresBroker>(options, random, logger);
  }
  void cut(const std::function<void()>& meanwhile) override {
    database_.terminate_sessions("LISTEN");
    database_.terminate_sessions("pg_notify");
    meanwhile();
  }

 private:
  const TestDatabase& database_;
};

class NatsWorld final : public BrokerWorld {
 public:
  std::unique_ptr<Broker> make_broker(RandomSource& random, const Logger& logger) const override {
    return std::make_unique<NatsBroker>(cluster_.options(), random, logger);
  }
  std::unique_ptr<Broker> make_lost_broker(RandomSource& random, const Logger& logger) const override {
    NatsBrokerOptions options;
    options.servers = {{.url = "nats://127.0.0.1:1", .address = "127.0.0.1:1"}};
    return std::make_unique<NatsBroker>(options, random, logger);
  }
  void cut(const std::function<void()>& meanwhile) override {
    cluster_.signal(1, "KILL");
    meanwhile();
    cluster_.launch(1);
  }

 private:
  NatsCluster cluster_{1};
};

}  // namespace

std::unique_ptr<BrokerWorld> BrokerWorld::make(BrokerKind kind, const TestDatabase& database) {
  if (kind == BrokerKind::kNats) return std::make_unique<NatsWorld>();
  return std::make_unique<PostgresWorld>(database);
}

std::string broker_name(const testing::TestParamInfo<BrokerKind>& info) {
  return info.param == BrokerKind::kNats ? "Nats" : "Postgres";
}

}  // namespace parley::backend
