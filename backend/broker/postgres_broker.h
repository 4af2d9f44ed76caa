// Hints over LISTEN and NOTIFY: nothing to install beside the database.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <pqxx/connection>

#include "backend/broker/hint_queue.h"
#include "backend/chat/broker.h"
#include "common/logger.h"
#include "common/random.h"

namespace parley::backend {

struct PostgresBrokerOptions {
  std::string connection_string;                 // from make_connection_string(); not through a transaction-mode pooler
  std::chrono::milliseconds notify_interval{5};  // between notifications: what comes meanwhile goes together
  std::chrono::milliseconds probe_interval{5'000};  // a silent listening connection is asked whether it lives
  std::size_t room_changes_max = 16;                // of one room in one notification, see HintQueue
  std::size_t hints_waiting_max = 4'096;
};

// Two threads with a connection each: one listens, one notifies, outside every message's transaction (NOTIFY takes a
// lock over the whole database at commit). Both make their connections again when they are lost; after that the
// listener is told that hints may be missing.
class PostgresBroker final : public Broker {
 public:
  // `logger` outlives the broker.
  PostgresBroker(PostgresBrokerOptions options, RandomSource& random, const Logger& logger);
  ~PostgresBroker() override;

  void start(Listener listener) override;
  void publish(Hint hint) override;
  void stop() override;

 private:
  void listen();
  void listen_until_lost(bool& was_listening);
  void take_payload(const std::string& payload);
  void notify();
  bool send(const std::vector<std::string>& payloads);
  // False when the broker is stopping.
  bool pause(std::chrono::milliseconds duration);

  const PostgresBrokerOptions options_;
  const std::string sender_;
  const Logger& logger_;
  Listener listener_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  HintQueue queue_;
  std::unique_ptr<pqxx::connection> notifying_;  // of the notifying thread
  std::thread listening_thread_;
  std::thread notifying_thread_;
};

}  // namespace parley::backend
