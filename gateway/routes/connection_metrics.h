// What the connections of one I/O thread have done.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "chat/v1/frame.pb.h"
#include "common/metrics/counter.h"
#include "common/metrics/histogram.h"
#include "common/metrics/named_counters.h"
#include "gateway/wire/close_code.h"

namespace parley::gateway {

// Histograms of commands by their number in ClientFrame.command.
class CommandHistograms {
 public:
  static constexpr std::size_t kCommandsMax = 16;

  void record(chat::v1::ClientFrame::CommandCase command, std::chrono::nanoseconds duration) {
    const auto index = static_cast<std::size_t>(command);
    if (index < kCommandsMax) histograms_[index].record(duration);
  }
  HistogramValue value(chat::v1::ClientFrame::CommandCase command) const {
    return histograms_[static_cast<std::size_t>(command)].value();
  }

 private:
  std::array<LocalDurationHistogram, kCommandsMax> histograms_;
};

// Written by that thread alone, read by any.
struct ConnectionMetrics {
  CommandHistograms commands;  // from a command's arrival to its reply
  LocalCounter messages;       // send_message commands that were answered with the stored message
  NamedCounters command_errors{kErrorReasons};
  NamedCounters refusals{kErrorReasons};  // of upgrades, and of TCP connections

  LocalCounter opened;  // WebSockets
  // By close code, from 1000 on; the last one is of those that ended without a close frame from us.
  static constexpr std::size_t kCloseCodes = 16;
  std::array<LocalCounter, kCloseCodes + 1> closed;
  void note_closed(CloseCode code) {
    const auto number = static_cast<std::size_t>(code);
    const bool is_known = number >= 1'000 && number - 1'000 < kCloseCodes;
    closed[is_known ? number - 1'000 : kCloseCodes].add();
  }

  // What the sessions of a sweep have added up, which is told when it ends.
  struct Sweep {
    std::int64_t queue_bytes = 0;
    std::int64_t full_queues = 0;
  };
  Sweep sweep;  // on the thread
  Gauge send_queue_bytes;
  Gauge full_send_queues;
  Gauge departures_waiting;
  Gauge last_sweep_ns;  // steady
  void sweep_ended(std::chrono::steady_clock::time_point now, std::size_t departures) {
    send_queue_bytes.set(sweep.queue_bytes);
    full_send_queues.set(sweep.full_queues);
    departures_waiting.set(static_cast<std::int64_t>(departures));
    last_sweep_ns.set(std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count());
    sweep = {};
  }
};

}  // namespace parley::gateway
