// What the WebSockets of one I/O thread have done.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/heartbeat.h"
#include "common/metrics/counter.h"
#include "gateway/wire/close_code.h"

namespace parley::gateway {

// Written by that thread alone, read by any.
class SocketMetrics {
 public:
  // How WebSockets end: by the code of our close frame, which is the peer's where it closed first.
  enum Ending : std::size_t {
    kCode1000 = 0,  // and so on, up to 1015
    kTokenExpired = 16,
    kApplication,  // other codes from 3000 on: clients give them
    kNoCode,       // the peer's close frame gave none
    kCut,          // no close frame: the connection was cut, or silent for too long
    kEndings,
  };

  LocalCounter opened;
  std::array<LocalCounter, kEndings> closed;
  // As of the last sweep.
  Gauge queue_bytes;
  Gauge full_queues;
  Heartbeat sweeps;

  static std::string ending_name(std::size_t ending) {
    switch (ending) {
      case kTokenExpired: return "4401";
      case kApplication: return "application";
      case kNoCode: return "no_code";
      case kCut: return "none";
      default: return std::to_string(kFirstCode + ending);
    }
  }

  // With a close frame of ours.
  void note_closed(CloseCode code) { closed[ending_of(code)].add(); }
  void note_cut() { closed[kCut].add(); }

  // During a sweep: a socket's queue.
  void add_queue(std::size_t bytes, bool is_full) {
    swept_bytes_ += static_cast<std::int64_t>(bytes);
    swept_full_ += is_full ? 1 : 0;
  }
  void sweep_ended(std::chrono::steady_clock::time_point now) {
    queue_bytes.set(swept_bytes_);
    full_queues.set(swept_full_);
    sweeps.beat(now);
    swept_bytes_ = 0;
    swept_full_ = 0;
  }

 private:
  static constexpr std::size_t kFirstCode = 1'000;

  static std::size_t ending_of(CloseCode code) {
    if (code == CloseCode::kNone) return kNoCode;
    if (code == CloseCode::kTokenExpired) return kTokenExpired;
    const std::size_t number = static_cast<std::size_t>(code) - kFirstCode;
    return number < kTokenExpired ? number : kApplication;
  }

  std::int64_t swept_bytes_ = 0;
  std::int64_t swept_full_ = 0;
};

}  // namespace parley::gateway
