// A WebSocket and what is spoken over it, as they see each other.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "gateway/routes/feed.h"
#include "gateway/wire/frame.h"

namespace parley::gateway {

// The socket, as whoever speaks over it sees it.
class Transport : public Outlet {
 public:
  // SocketHandler::may_read() or commands_outstanding() may have changed.
  virtual void may_read_changed() = 0;
};

// Whoever speaks over a socket, as the socket's session sees it. On one I/O thread: open(), then messages until
// close().
class SocketHandler {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~SocketHandler() = default;
  // For the answer to the upgrade; empty for none.
  virtual std::string_view subprotocol() const = 0;
  // Whether it takes messages of this kind, kText or kBinary: others end the socket with 1003.
  virtual bool takes(Opcode opcode) const = 0;
  // The upgrade is answered. `transport` lives until close().
  virtual void open(Transport& transport) = 0;
  // One whole message of a kind that it takes; text is valid UTF-8.
  virtual void receive(Opcode opcode, std::string_view payload) = 0;
  // The transport takes broadcasts again.
  virtual void drained() = 0;
  // The transport is full no more.
  virtual void writable() = 0;
  // Called several times a second.
  virtual void sweep(TimePoint now) = 0;
  // It sends more than it may, and is read from later. `limit` is the setting that says so. Once a pause.
  virtual void slowed(std::string_view limit) = 0;
  // Whether another message should be read.
  virtual bool may_read(TimePoint now) = 0;
  // A socket that drains waits until there are none.
  virtual std::size_t commands_outstanding() const = 0;
  // Who speaks has to come again, with something newer than what let them in.
  virtual bool has_expired(TimePoint /*now*/) const { return false; }
  // The socket takes nothing any more. Idempotent.
  virtual void close() = 0;
};

}  // namespace parley::gateway
