// Where the NATS servers are, and the limits of talking to them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/settings.h"

namespace parley::backend {

struct NatsServer {
  std::string url;      // nats://[user[:password]@]host:port
  std::string address;  // host:port, fit for logs
};

struct NatsBrokerOptions {
  std::vector<NatsServer> servers;  // at least one; members of one cluster
  std::string credentials_file;     // a user's JWT and seed; empty for none
  std::string subject = "parley.hints";
  std::chrono::milliseconds connect_timeout{2'000};  // for one server
  std::chrono::milliseconds send_timeout{2'000};     // a server that confirms nothing for so long is given up
  std::chrono::milliseconds ping_interval{2'000};    // two pings without an answer end a connection
  // A subscription takes a moment to be known to every node of a cluster: so long after each connection the listener is
  // told once more that hints may be missing.
  std::chrono::milliseconds settle_time{1'000};
  std::size_t hints_waiting_max = 4'096;
  // Received and not yet taken; more are dropped, and the listener is told.
  int payloads_pending_max = 8'192;
  int payload_bytes_pending_max = 32 * 1024 * 1024;
};

// The options as the settings nats_servers, nats_subject and nats_credentials_file give them. INVALID_ARGUMENT
// (CONFIGURATION_INVALID) in words without any password.
absl::StatusOr<NatsBrokerOptions> make_nats_options(const Config& config);

}  // namespace parley::backend
