// A TCP relay that can misbehave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace parley::faults {

// Listens on a port of 127.0.0.1 and relays every connection to its target. Thread-safe: works on a thread of its own,
// every setting has taken effect when it returns, for the connections that are there and for new ones. Holds at most
// 64 KiB of a connection's direction beside the kernel's buffers: a receiver that takes nothing stops its sender.
class ChaosGate {
 public:
  // `target` is ADDRESS:PORT, or the path of a Unix socket. Listens on a free port, which stays the gate's.
  // INVALID_ARGUMENT for another target, RESOURCE_EXHAUSTED without a port or descriptor.
  static absl::StatusOr<std::unique_ptr<ChaosGate>> open(const std::string& target);
  virtual ~ChaosGate() = default;

  virtual std::uint16_t port() const = 0;
  // For new connections. Those to what is no target are reset, as those to one where nobody listens.
  virtual void set_target(const std::string& target) = 0;

  // Every connection ends now, as by a reset (RST) on both sides; for new ones all is as it was.
  virtual void cut() = 0;
  // From now on no byte passes in either direction, nothing is closed; new connections are accepted and hang.
  virtual void freeze() = 0;
  // What a real partition does in the end: new connections are refused; those that are there are frozen.
  virtual void partition() = 0;
  // At most so many bytes a second in each direction for each connection.
  virtual void slow(std::size_t bytes_per_second) = 0;
  // Each connection that is there ends after so many further bytes towards the client: in the midst of a frame.
  virtual void close_after(std::size_t bytes) = 0;
  // Relays again as it should, and listens again: what was held back by freeze() or slow() goes on, in order.
  virtual void heal() = 0;

  virtual std::size_t connections() const = 0;
};

}  // namespace parley::faults
