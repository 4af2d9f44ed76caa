// Who a client is, as its upgrade request shows it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace parley::gateway {

enum class TransportSecurity { kPlain, kTls };

// What an upgrade request brings; views into it.
struct Credentials {
  std::string_view cookies;            // Cookie
  std::string_view authorization;      // Authorization
  std::string_view subprotocols;       // Sec-WebSocket-Protocol
  std::string_view claimed_author_id;  // what the client says in the query; empty or a valid identifier
  std::string_view wanted_name;        // likewise; empty or a valid name
  std::uint16_t port = 0;              // of the Host header; 0 where it says none
  TransportSecurity security = TransportSecurity::kPlain;
};

struct Visitor {
  std::string author_id;
  std::string name;                               // empty: the backend makes one
  bool is_name_fixed = false;                     // it is not the visitor's to change
  std::optional<std::vector<std::string>> rooms;  // the only ones that are allowed; absent: all
  // When the visitor has to come again with something newer.
  std::optional<std::chrono::system_clock::time_point> expire_time;
  // True from the moment on when what the visitor has shown counts no more, whatever expire_time says; null: never.
  std::shared_ptr<const std::atomic<bool>> withdrawn;
  std::string set_cookie;  // for the answer, the value of a Set-Cookie header; empty for none
};

// Thread-safe.
class Identity {
 public:
  virtual ~Identity() = default;
  // UNAUTHENTICATED for one who must show more. The message and the reason never quote what was brought.
  virtual absl::StatusOr<Visitor> identify(const Credentials& credentials) const = 0;
  // To be called every second or so, on a thread that may wait for a disk: files that have changed are read again.
  virtual void reload_if_changed() {}
};

}  // namespace parley::gateway
