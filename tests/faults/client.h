// What all clients of a fault run share.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "tests/faults/history.h"
#include "tests/faults/web_socket.h"

namespace parley::faults {

// Outlives all clients. Used on the clients' I/O thread only.
struct World {
  boost::asio::io_context& context;
  History& history;
  std::mt19937_64 random;
  std::vector<std::uint16_t> gateway_ports;
  std::vector<std::uint16_t> backend_ports;

  std::uint16_t any_gateway() { return gateway_ports[random() % gateway_ports.size()]; }
  // 1 in `times`.
  bool one_in(std::uint64_t times) { return random() % times == 0; }
};

// A wait on the I/O thread.
Task<void> pause(std::chrono::milliseconds duration);

// Exponential from 100 ms to 2 s, with full jitter.
class Pauses {
 public:
  explicit Pauses(World& world) : world_(world) {}
  std::chrono::milliseconds next();
  void reset() { ceiling_ms_ = kFirstMs; }

 private:
  static constexpr std::uint64_t kFirstMs = 100;
  static constexpr std::uint64_t kMostMs = 2'000;
  World& world_;
  std::uint64_t ceiling_ms_ = kFirstMs;
};

// One writer or reader. Everything on the I/O thread.
class Client {
 public:
  virtual ~Client() = default;
  virtual const std::string& name() const = 0;
  // Connects, and connects again, until it has been told to end and has ended.
  virtual Task<void> run() = 0;
  // A writer writes nothing new and goes on until all is answered; a reader reads on.
  virtual void finish() {}
  // Ends now.
  virtual void end() = 0;
  // Writers: nothing waits for an answer.
  virtual bool is_settled() const { return true; }
  // Readers: the last position in a room, nothing when the client does not read it or has no position.
  virtual std::optional<std::int64_t> position(const std::string& /*room*/) const { return std::nullopt; }
};

}  // namespace parley::faults
