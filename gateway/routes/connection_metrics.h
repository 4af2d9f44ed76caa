// What the connections of one I/O thread have done.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "chat/v1/frame.pb.h"
#include "common/metrics/counter.h"
#include "common/metrics/histogram.h"
#include "common/metrics/named_counters.h"

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

// The settings beyond which a socket is read from later.
inline constexpr auto kPaceLimits =
    std::to_array<std::string_view>({"frames_per_second_max", "bytes_per_second_max", "commands_per_second_max"});

// Written by that thread alone, read by any.
struct ConnectionMetrics {
  CommandHistograms commands;  // from a command's arrival to its reply
  LocalCounter messages;       // send_message commands that were answered with the stored message
  NamedCounters command_errors{kErrorReasons};
  NamedCounters refusals{kErrorReasons};  // of upgrades, and of TCP connections
  NamedCounters slowed{kPaceLimits};      // pauses in reading from a socket
  Gauge departures_waiting;               // connections that ended and whose rows are not removed yet
};

}  // namespace parley::gateway
