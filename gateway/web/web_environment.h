// What the HTTP and WebSocket sessions of one I/O thread share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "gateway/identity/identity.h"
#include "gateway/routes/chat_connection.h"
#include "gateway/site/site.h"
#include "gateway/web/admission.h"
#include "gateway/web/io_thread.h"

namespace parley::gateway {

struct WebLimits {
  std::size_t frame_bytes_max;
  std::size_t send_queue_bytes_max;
  std::size_t header_bytes_max;
  std::chrono::milliseconds handshake_timeout;
  std::chrono::milliseconds keep_alive_timeout;
  std::chrono::milliseconds response_timeout;
  std::chrono::milliseconds close_timeout;
  std::chrono::milliseconds ping_interval;
};

// Everything in it outlives the sessions.
struct WebEnvironment {
  WebLimits limits;
  std::vector<std::string> allowed_origins;
  const std::unique_ptr<Identity>& identity;  // there before the first socket is
  const Site& site;
  Admission& admission;
  std::function<absl::Status()> readiness;  // thread-safe
  IoThread& io_thread;
  ConnectionEnvironment& connections;
  // The connections that $connect has let in, for a lease that is made anew.
  std::unordered_set<ChatConnection*> connected;
  // How often it was: a $connect that began before may have been forgotten with the old lease.
  std::uint64_t leases = 0;
};

}  // namespace parley::gateway
