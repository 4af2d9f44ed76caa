// Time, injected so that tests control it.
#pragma once

#include <chrono>

namespace parley {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // UTC. May step in either direction: for show and for storage, never for ordering or timeouts.
  virtual std::chrono::system_clock::time_point system_now() const = 0;
  // Never steps back.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace parley
