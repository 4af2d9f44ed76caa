// How many WebSockets and HTTP connections there may be, in all and from one address, and how often what may be done.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "gateway/web/client_rate.h"
#include "gateway/web/ip_address.h"
#include "gateway/web/upgrade_rate.h"

namespace parley::gateway {

// Thread-safe; outlives its tickets.
class Admission {
 public:
  struct Limits {
    std::size_t connections_max;
    std::size_t connections_per_address_max;
    std::size_t connections_per_network_max;
    std::size_t http_connections_max;
    std::size_t http_connections_per_address_max;
    std::size_t http_connections_per_network_max;
    std::size_t upgrades_per_second_max;
    std::size_t upgrades_per_address_per_second_max;
    std::size_t requests_per_address_per_second_max;
    std::size_t requests_per_network_per_second_max;
    std::size_t tls_handshakes_per_address_per_second_max;
    std::size_t tls_handshakes_per_network_per_second_max;
  };
  // Who comes.
  struct Client {
    std::string address;  // see client_key()
    std::string network;  // see network_key()

    static Client of(const IpAddress& ip) { return {client_key(ip), network_key(ip)}; }
  };

 private:
  struct Places {
    std::size_t taken = 0;
    std::map<std::string, std::size_t> by_address;  // and by network: none is called like an address
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
    Ticket(Admission* owner, Places* places, Client client)
        : owner_(owner), places_(places), client_(std::move(client)) {}
    void swap(Ticket& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(places_, other.places_);
      std::swap(client_, other.client_);
    }

    Admission* owner_ = nullptr;
    Places* places_ = nullptr;
    Client client_;
  };

  // `clock` outlives the object.
  Admission(const Limits& limits, const Clock& clock);

  // For a WebSocket. RESOURCE_EXHAUSTED (TOO_MANY_CONNECTIONS, TOO_MANY_UPGRADES) for its address or network,
  // UNAVAILABLE (OVERLOADED) in all.
  absl::StatusOr<Ticket> enter(const Client& client);
  // For a TCP connection without a WebSocket yet. RESOURCE_EXHAUSTED (TOO_MANY_CONNECTIONS) for its address,
  // UNAVAILABLE (OVERLOADED) in all.
  absl::StatusOr<Ticket> enter_http(const Client& client);
  // The same for one of a proxy, whose address is that of all its clients.
  absl::StatusOr<Ticket> enter_http_of_proxy();
  // Before a request is answered. RESOURCE_EXHAUSTED (TOO_MANY_REQUESTS) for its address or network.
  absl::Status take_request(const Client& client);
  // Before a TLS handshake. RESOURCE_EXHAUSTED (TOO_MANY_HANDSHAKES) likewise.
  absl::Status take_tls_handshake(const Client& client);
  std::size_t connections() const;
  std::size_t http_connections() const;

 private:
  struct Most {
    std::string_view setting;  // says in_all
    std::size_t in_all;
    std::size_t of_address;
    std::size_t of_network;
  };

  absl::Status check(const Places& places, const Most& most, const Client& client) const;  // with mutex_ held
  Ticket take(Places& places, const Client& client);                                       // likewise
  void leave(Places& places, const Client& client);

  const Limits limits_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Places websockets_;
  Places http_;
  UpgradeRate upgrades_;
  ClientRate requests_;
  ClientRate tls_handshakes_;
};

}  // namespace parley::gateway
