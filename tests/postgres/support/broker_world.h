// The servers behind the brokers of a test, whichever kind they are.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "backend/chat/broker.h"
#include "common/logger.h"
#include "common/random.h"
#include "tests/postgres/support/test_database.h"

namespace parley::backend {

enum class BrokerKind { kPostgres, kNats };

class BrokerWorld {
 public:
  // The hints go through `database`, or through a NATS server of their own.
  static std::unique_ptr<BrokerWorld> make(BrokerKind kind, const TestDatabase& database);
  virtual ~BrokerWorld() = default;

  // `random` and `logger` outlive the broker.
  virtual std::unique_ptr<Broker> make_broker(RandomSource& random, const Logger& logger) const = 0;
  // The same, for a server that is not there.
  virtual std::unique_ptr<Broker> make_lost_broker(RandomSource& random, const Logger& logger) const = 0;
  // Breaks every broker's connection, runs `meanwhile`, and lets them connect again.
  virtual void cut(const std::function<void()>& meanwhile) = 0;
};

// For INSTANTIATE_TEST_SUITE_P.
std::string broker_name(const testing::TestParamInfo<BrokerKind>& info);

}  // namespace parley::backend
