// Blocking sockets with a time limit, for both ends of what is tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley::faults {

enum class Ending { kNone, kOrderly, kReset };

// One end of a TCP connection on 127.0.0.1.
class Peer {
 public:
  static Peer connect(std::uint16_t port);
  explicit Peer(int descriptor);
  ~Peer();
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&& other) noexcept;

  // False when it was refused.
  bool is_open() const { return descriptor_ >= 0; }
  // Blocks until the kernel has taken all; false when the connection has ended.
  bool send(std::string_view bytes);
  // What the kernel takes at once, of at most `limit` bytes.
  std::size_t send_without_blocking(std::size_t limit);
  // Up to `count` bytes; fewer when the connection ends or nothing comes for `patience_ms`.
  std::string receive(std::size_t count, int patience_ms = 5'000);
  // How the connection ended, after what is received on the way to it; kNone when it does not end in time.
  Ending ending(int patience_ms = 5'000);
  void end_sending();
  void close();
  // With RST.
  void reset();

 private:
  int descriptor_;
};

// A socket that listens on a free port of 127.0.0.1.
class Listener {
 public:
  Listener();
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }
  // Waits at most 5 s.
  Peer accept();
  bool has_waiting(int patience_ms);

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

}  // namespace parley::faults
