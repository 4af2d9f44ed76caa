// What the connections of one I/O thread have done.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "absl/status/status.h"
#include "chat/v1/frame.pb.h"
#include "common/errors.h"
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

// The settings beyond which a socket is read from later, or waits for the next page.
inline constexpr auto kPaceLimits =
    std::to_array<std::string_view>({"frames_per_second_max", "bytes_per_second_max", "commands_per_second_max",
                                     "commands_outstanding_max", "page_bytes_per_second_max"});

// A connection ended for want of places; no error says it.
inline constexpr std::string_view kMadeWay = "MADE_WAY";

// Why an upgrade, a request or a connection is refused: an error's reason, or where one limit of the whole gateway
// stands behind OVERLOADED, or one of several behind a reason, that setting's name; or what was wrong with a request.
inline constexpr auto kOtherRefusals = std::to_array<std::string_view>({
    "connections_max", "upgrades_per_second_max", "http_connections_max", "rooms_max", "calls_under_way_max", kMadeWay,
    "requests_per_address_per_second_max", "requests_per_network_per_second_max",
    "tls_handshakes_per_address_per_second_max", "tls_handshakes_per_network_per_second_max",
    "HTTP_REQUEST_INVALID",    // 400
    "HTTP_REQUEST_TOO_LARGE",  // 414, 431
    "HTTP_METHOD_UNKNOWN",     // 405
});

// The settings whose time a connection without a WebSocket has let pass.
inline constexpr auto kTimeLimits =
    std::to_array<std::string_view>({"handshake_timeout_ms", "keep_alive_timeout_ms", "response_timeout_ms"});
inline constexpr auto kRefusals = [] {
  std::array<std::string_view, kErrorReasons.size() + kOtherRefusals.size()> all;
  std::copy(kOtherRefusals.begin(), kOtherRefusals.end(),
            std::copy(kErrorReasons.begin(), kErrorReasons.end(), all.begin()));
  return all;
}();
static_assert(kRefusals.size() <= NamedCounters::kNamesMax);

inline std::string_view refusal_reason(const absl::Status& status) {
  const std::string_view limit = limit_setting(status);
  return limit.empty() ? error_reason(status) : limit;
}

// Written by that thread alone, read by any.
struct ConnectionMetrics {
  CommandHistograms commands;  // from a command's arrival to its reply
  LocalCounter messages;       // send_message commands that were answered with the stored message
  NamedCounters command_errors{kErrorReasons};
  NamedCounters refusals{kRefusals};    // of upgrades, and of TCP connections
  NamedCounters slowed{kPaceLimits};    // pauses in reading from a socket
  NamedCounters timeouts{kTimeLimits};  // connections that were closed or answered with 408
  Gauge departures_waiting;             // connections that ended and whose rows are not removed yet
};

}  // namespace parley::gateway
