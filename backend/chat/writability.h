// Whether the database is taken for writable, as its probes go.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace parley::backend {

// How many probes change the mind, and when to probe.
struct WritabilityOptions {
  int agreeing_probes_min = 2;               // one after the other, against the present state, to change it
  std::chrono::milliseconds interval{1000};  // between probes that say what is known
};

// One probe that fails, or succeeds, may be an accident: a session that was cut, a moment of space. The state changes
// when several in a row say so, and a first one that disagrees is followed by the next sooner. Not thread-safe.
class Writability {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Change {
    bool is_writable = false;
    std::string reason = {};              // why it is not
    std::chrono::milliseconds lasted{0};  // how long the state before did
  };

  // Begins writable.
  Writability(WritabilityOptions options, TimePoint now) : options_(options), since_(now) {}

  // What a probe found at `now`. The change that it makes, if any.
  std::optional<Change> record(const absl::Status& probed, TimePoint now);
  bool is_writable() const { return is_writable_; }
  // From the end of one probe to the next.
  std::chrono::milliseconds next_probe_in() const;

 private:
  const WritabilityOptions options_;
  bool is_writable_ = true;
  int disagreeing_ = 0;  // probes in a row
  TimePoint since_;
};

}  // namespace parley::backend
