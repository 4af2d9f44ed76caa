// Clients that have joined their rooms, and stay for several runs: joining takes longer than many a run.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/client_fleet.h"
#include "tests/bench/cost_meter.h"
#include "tests/bench/protocol.h"

namespace parley::bench {

struct CrowdOptions {
  std::uint16_t port = 0;
  std::size_t rooms = 1;
  std::size_t receivers = 0;  // spread over the rooms
  // Each speaks in one room when there are receivers (so at least as many as rooms), and in all in turn without.
  std::size_t senders = 1;
  std::size_t connecting_max = 100;
  std::vector<WatchedProcess> processes;
};

// On one thread. Clients are numbered: the receivers, then the senders.
class Crowd final : public FleetListener {
 public:
  // `protocol` outlives the crowd. INVALID_ARGUMENT, NOT_FOUND for a watched process, UNAVAILABLE or DEADLINE_EXCEEDED
  // when the clients cannot join.
  static absl::StatusOr<std::unique_ptr<Crowd>> join(const CrowdOptions& options, const Protocol& protocol);

  const CrowdOptions& options() const { return options_; }
  const Protocol& protocol() const { return protocol_; }
  ClientFleet& fleet() { return fleet_; }
  CostMeter& meter() { return meter_; }
  double connect_s() const { return connect_s_; }  // until all clients were ready
  // Of this crowd only: what an earlier one left in a server is none of ours.
  std::string room(std::size_t number) const;
  // A number of its own for each run. Its stamps tell its messages from an earlier run's.
  std::uint32_t next_run() { return ++run_; }
  // A number of its own for each message of all runs: a server takes a repeated one for the same message.
  std::uint32_t next_message() { return ++message_; }
  // Whether a message is of this crowd, and was said before `run`.
  bool is_earlier(const Stamp& stamp, std::uint32_t run) const { return stamp.run - number_ < run - number_; }

  // Who hears what comes from now on; nobody: null.
  void set_listener(FleetListener* listener) { listener_ = listener; }
  // Reads and answers pings.
  void rest(TimePoint until);
  // Waits until all clients are ready and what earlier runs left under way has come. FAILED_PRECONDITION when some are
  // lost, DEADLINE_EXCEEDED.
  absl::Status settle();

  void stamped(std::uint32_t client, const Stamp& first, std::string_view payload, std::size_t rest,
               TimePoint now) override;
  void refused(std::uint32_t client) override;
  // It joins again at once.
  void resynced(std::uint32_t client) override;
  void became_ready(std::uint32_t client) override;
  void ended(std::uint32_t client) override;

 private:
  Crowd(const CrowdOptions& options, const Protocol& protocol, CostMeter meter);
  std::vector<ClientPlan> plans() const;
  std::size_t clients() const { return options_.receivers + options_.senders; }

  const CrowdOptions options_;
  const Protocol& protocol_;
  ClientFleet fleet_;
  CostMeter meter_;
  const std::uint32_t number_;
  std::uint32_t run_;
  std::uint32_t message_ = 0;
  FleetListener* listener_ = nullptr;
  TimePoint last_stamp_;
  double connect_s_ = 0;
};

}  // namespace parley::bench
