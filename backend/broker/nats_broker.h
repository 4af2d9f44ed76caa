// Hints over NATS: for many backends, and for a database that shall not carry them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backend/broker/hint_queue.h"
#include "backend/broker/nats_connection.h"
#include "backend/broker/nats_options.h"
#include "backend/chat/broker.h"
#include "common/logger.h"
#include "common/random.h"

namespace parley::backend {

// Two threads on one connection to one of the servers, in random order: one receives, one sends. All hints go over one
// subject. A lost connection is replaced, without end; after that, and when hints were dropped because they came too
// fast, the listener is told that hints may be missing. A server confirms each batch before the next one goes: what
// comes meanwhile goes together, and a batch that was not confirmed is sent again over the next connection. Without a
// server hints wait in a bounded queue.
class NatsBroker final : public Broker {
 public:
  // `random` and `logger` outlive the broker.
  NatsBroker(NatsBrokerOptions options, RandomSource& random, const Logger& logger);
  ~NatsBroker() override;

  void start(Listener listener) override;
  void publish(Hint hint) override;
  // Takes as long as connect_timeout or send_timeout at the most.
  void stop() override;

 private:
  using Connection = std::shared_ptr<NatsConnection>;
  using TimePoint = std::chrono::steady_clock::time_point;

  // The receiving thread.
  void receive();
  Connection connect();
  void receive_until_lost(const Connection& connection);
  void take_payload(const std::string& payload);
  void tell_unreachable(const absl::Status& reason);
  std::chrono::milliseconds jittered(std::chrono::milliseconds duration);
  // False when the broker is stopping.
  bool pause(std::chrono::milliseconds duration);

  // The sending thread.
  void send();
  // Waits until there is something to send and a connection; nullptr when the broker is stopping and has no more to do.
  Connection wait_to_send(bool has_batch);
  std::vector<std::string> take_batch();
  void forget(const Connection& connection);

  const NatsBrokerOptions options_;
  const std::string sender_;
  RandomSource& random_;
  const Logger& logger_;
  Listener listener_;
  std::optional<TimePoint> unreachable_told_;  // of the receiving thread
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  HintQueue queue_;
  Connection connection_;  // to send on; nullptr while there is none
  std::thread receiving_thread_;
  std::thread sending_thread_;
};

}  // namespace parley::backend
