// Whether a thread that works at regular intervals still does.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/metrics/counter.h"

namespace parley {

// One thread beats, any may ask.
class Heartbeat {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Far more than any interval of ours: whoever does nothing for so long does nothing else either.
  static constexpr std::chrono::seconds kSilenceMax{10};

  void beat(TimePoint now) { last_ns_.set(nanoseconds_of(now)); }
  // It has ended in order, or is about to: nobody waits for it any more.
  void end() { last_ns_.set(kNone); }
  // Nothing is expected before the first beat: at its start a server waits for its surroundings.
  bool is_silent(TimePoint now) const {
    const std::int64_t last = last_ns_.value();
    return last != kNone && nanoseconds_of(now) - last > std::chrono::nanoseconds(kSilenceMax).count();
  }

 private:
  static constexpr std::int64_t kNone = 0;

  static std::int64_t nanoseconds_of(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }

  Gauge last_ns_;
};

}  // namespace parley
