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
    std::size_t connections_per_address_max;  // of each kind
    std::size_t http_connections_max;
  };

 private:
  struct Places {
    std::size_t taken = 0;
    std::map<std::string, std::size_t> by_address;
  };

 public:
  // A place that is held; given back when it goes.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept { swap(other); }
    Ticket& operator=(Ticket&& other) noexcept {
      Ticket taken(std::move(other));
      swap(taken);
      return *this;
    }
    ~Ticket();

   private:
    friend class Admission;
    Ticket(Admission* owner, Places* places, std::string address)
        : owner_(owner), places_(places), address_(std::move(address)) {}
    void swap(Ticket& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(places_, other.places_);
      std::swap(address_, other.address_);
    }

    Admission* owner_ = nullptr;
    Places* places_ = nullptr;
    std::string address_;
  };

  explicit Admission(const Limits& limits) : limits_(limits) {}

  // For a WebSocket. RESOURCE_EXHAUSTED (TOO_MANY_CONNECTIONS) for its address, UNAVAILABLE (OVERLOADED) in all.
  absl::StatusOr<Ticket> enter(const std::string& address);
  // For a TCP connection without a WebSocket yet; the errors are the same.
  absl::StatusOr<Ticket> enter_http(const std::string& address);
  std::size_t connections() const;
  std::size_t http_connections() const;

 private:
  absl::StatusOr<Ticket> take(Places& places, std::size_t most, const std::string& address);
  void leave(Places& places, const std::string& address);

  const Limits limits_;
  mutable std::mutex mutex_;
  Places websockets_;
  Places http_;
};

}  // namespace parley::gateway
