#include "tests/faults/run.h"

#include <algorithm>
#include <iostream>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/faults/database.h"
#include "tests/faults/fault.h"
#include "tests/faults/workload.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kPoll{50};
constexpr seconds kSettleMax{60};
// The rig's leases and the reaper's interval, with room for a slow machine.
constexpr seconds kDeparturesMax{40};
// So long a strike's recovery is waited for, as a multiple of its limit.
constexpr int kRecoveryLimits = 6;
constexpr std::uint64_t kBetweenStrikesMs = 2'000;

template <typename Condition>
bool wait_until(Condition condition, milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  while (!condition()) {
    if (steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

class Run {
 public:
  Run(const RunOptions& options, Rig& rig, Workload& workload)
      : options_(options), rig_(rig), workload_(workload), random_(options.seed) {}

  Report perform() {
    const auto start = steady_clock::now();
    if (!recover("the start", start, seconds(20))) return std::move(report_);
    while (steady_clock::now() - start < options_.duration && report_.problems.empty()) strike_next();
    settle();
    report_.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    return std::move(report_);
  }

 private:
  // Every fault has its turn, in an order that the seed gives.
  const Fault* next_fault() {
    if (turns_.empty()) {
      for (const Fault& fault : all_faults()) {
        const bool is_wanted = options_.faults.empty() || std::find(options_.faults.begin(), options_.faults.end(),
                                                                    fault.name) != options_.faults.end();
        if (is_wanted && can_strike(fault, rig_.options())) turns_.push_back(&fault);
      }
      std::shuffle(turns_.begin(), turns_.end(), random_);
    }
    if (turns_.empty()) return nullptr;
    const Fault* const next = turns_.back();
    turns_.pop_back();
    return next;
  }

  void strike_next() {
    std::this_thread::sleep_for(milliseconds(random_() % kBetweenStrikesMs));
    const Fault* const fault = next_fault();
    if (fault == nullptr) {
      report_.problems.emplace_back("no such fault, or the machine cannot make it");
      return;
    }
    std::cout << fault->name << std::flush;
    const absl::StatusOr<Strike> strike = fault->strike(rig_, random_);
    if (!strike.ok()) {
      report_.problems.push_back(absl::StrCat(std::string(fault->name), ": ", strike.status().message()));
      return;
    }
    const auto recovery = recover(std::string(fault->name), strike->healed, kRecoveryLimits * fault->live_limit);
    if (!recovery) return;
    std::cout << ": whole after " << recovery->count() << " ms" << std::endl;
    FaultResults& results = report_.faults[std::string(fault->name)];
    results.live_limit = fault->live_limit;
    results.recoveries.push_back(*recovery);
  }

  std::optional<milliseconds> recover(const std::string& what, SteadyTime since, milliseconds limit) {
    Liveness liveness;
    const bool is_live = wait_until(
        [&] {
          liveness = workload_.live_since(since);
          return liveness.not_live.empty();
        },
        limit);
    if (is_live) return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(liveness.live_at - since));
    report_.problems.push_back(
        absl::StrCat(what, ": not whole after ", limit.count(), " ms: ", absl::StrJoin(liveness.not_live, ", ")));
    return std::nullopt;
  }

  // Everything answered, every reader at the head, every client gone and its connection row with it; then the check.
  void settle() {
    workload_.finish_writing();
    if (!wait_until([this] { return workload_.unsettled().empty(); }, kSettleMax)) {
      report_.problems.push_back(absl::StrCat("never answered: ", absl::StrJoin(workload_.unsettled(), ", ")));
    }
    const auto heads = read_heads(rig_.database_url());
    if (!heads.ok()) {
      report_.problems.emplace_back(heads.status().message());
      return;
    }
    wait_until([&] { return workload_.behind(*heads).empty(); }, kSettleMax);
    workload_.end();
    report_.counts = workload_.counts();
    if (const auto left = wait_for_departures(rig_.database_url(), kDeparturesMax); !left.ok()) {
      report_.problems.emplace_back(left.status().message());
    }
    const auto contents = read_contents(rig_.database_url());
    if (!contents.ok()) {
      report_.problems.emplace_back(contents.status().message());
      return;
    }
    report_.anomalies = check(workload_.history(), *contents, {});
  }

  const RunOptions& options_;
  Rig& rig_;
  Workload& workload_;
  std::mt19937_64 random_;
  std::vector<const Fault*> turns_;
  Report report_;
};

WorkloadOptions workload_options(const RunOptions& options, const Rig& rig) {
  WorkloadOptions workload;
  workload.seed = options.seed;
  for (std::size_t index = 0; index < rig.gateways(); ++index)
    workload.gateway_ports.push_back(rig.gateway_port(index));
  for (std::size_t index = 0; index < rig.backends(); ++index)
    workload.backend_ports.push_back(rig.backend_port(index));
  return workload;
}

}  // namespace

absl::StatusOr<Report> run_faults(const RunOptions& options) {
  const auto start = steady_clock::now();
  const absl::StatusOr<std::unique_ptr<Rig>> rig = Rig::start(options.rig);
  if (!rig.ok()) return rig.status();
  Workload workload(workload_options(options, **rig));
  Report report = Run(options, **rig, workload).perform();
  workload.end();
  report.seed = options.seed;
  report.broker = options.rig.broker == BrokerKind::kNats ? "nats" : "postgres";
  if (!report.anomalies.empty() || !report.problems.empty()) {
    const std::filesystem::path file = options.rig.folder / "history.jsonl";
    if (absl::Status written = workload.history().write(file, start); !written.ok()) return written;
    std::cout << "The history is in " << file.string() << std::endl;
  }
  return report;
}

}  // namespace parley::faults
