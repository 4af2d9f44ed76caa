// One connection to one NATS server: libnats behind a few plain calls, without its callbacks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/broker/nats_options.h"

namespace parley::backend {

// Thread-safe. It does not reconnect: once lost, it stays so.
class NatsConnection {
 private:
  struct Handles;

 public:
  enum class Received { kPayload, kNothing, kLost };

  // Connects and subscribes; the server knows the subscription when this returns. What is sent on this connection does
  // not come back on it. Blocks for connect_timeout and a name's resolution. UNAVAILABLE, with the reason and without
  // any password.
  static absl::StatusOr<std::shared_ptr<NatsConnection>> open(const NatsServer& server,
                                                              const NatsBrokerOptions& options);
  // For open(), as nobody else has handles.
  NatsConnection(std::unique_ptr<Handles> handles, const NatsBrokerOptions& options);
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  // Waits for the next payload for at most `limit`. One thread at a time.
  Received receive(std::chrono::milliseconds limit, std::string& payload);
  // Payloads that came and were dropped because nobody took them, since open().
  std::int64_t dropped_count() const;
  // True when the server has confirmed that it has all of them. Otherwise it may have some. Blocks for at most
  // send_timeout.
  bool send(const std::vector<std::string>& payloads);
  // Ends it for all threads: receive() tells kLost, send() fails.
  void close();

 private:
  const std::unique_ptr<Handles> handles_;
  const std::string subject_;
  const std::chrono::milliseconds send_timeout_;
};

// Gives back what libnats has allocated for this thread. Call at the end of a thread that used a connection.
void release_nats_thread_memory();

}  // namespace parley::backend
