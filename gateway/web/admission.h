// How many WebSockets and HTTP connections there may be, in all and from one address.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace parley::gateway {

// Thread-safe; outlives its tickets.
class Admission {
 public:
  struct Limits {
    std::size_t connections_max;
    std::size_t connections_per_address_max;
    std::size_t http_connections_max;
  };

  // A place that is held; given back when it goes.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), address_(std::move(other.address_)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(address_, other.address_);
      return *this;
    }
    ~Ticket();

   private:
    friend class Admission;
    Ticket(Admission* owner, std::string address) : owner_(owner), address_(std::move(address)) {}

    Admission* owner_ = nullptr;
    std::string address_;  // empty for an HTTP connection
  };

  explicit Admission(const Limits& limits) : limits_(limits) {}

  // For a WebSocket. RESOURCE_EXHAUSTED (TOO_MANY_CONNECTIONS) for its address, UNAVAILABLE (OVERLOADED) in all.
  absl::StatusOr<Ticket> enter(const std::string& address);
  // For a TCP connection without a WebSocket yet. RESOURCE_EXHAUSTED (TOO_MANY_CONNECTIONS).
  absl::StatusOr<Ticket> enter_http();
  std::size_t connections() const;
  std::size_t http_connections() const;

 private:
  void leave(const std::string& address);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::size_t connections_ = 0;
  std::size_t http_connections_ = 0;
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace parley::gateway
