#include "tests/faults/run.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/faults/database.h"
#include "tests/faults/fault.h"
#include "tests/faults/turns.h"
#include "tests/faults/workload.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kPoll{50};
constexpr seconds kSettleMax{60};
// No call that somebody has given up is carried out later than that: the deadlines of all are shorter.
constexpr seconds kQuiet{11};
constexpr milliseconds kLook{250};
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
      : options_(options),
        rig_(rig),
        workload_(workload),
        turns_(options.faults, rig.options()),
        random_(options.seed) {
    for (const std::string& name : turns_.unknown()) {
      report_.problems.push_back(absl::StrCat("there is no fault ", name, ", or the machine cannot make it"));
    }
  }

  Report perform() {
    if (!report_.problems.empty()) return std::move(report_);
    const auto start = steady_clock::now();
    if (!recover("the start", start, seconds(20))) return std::move(report_);
    while (report_.problems.empty() && !is_over(steady_clock::now() - start)) strike_next();
    settle();
    report_.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    return std::move(report_);
  }

 private:
  bool is_over(steady_clock::duration passed) const {
    return options_.rounds > 0 ? turns_.rounds() >= options_.rounds : passed >= options_.duration;
  }

  void strike_next() {
    std::this_thread::sleep_for(milliseconds(random_() % kBetweenStrikesMs));
    const Fault& fault = turns_.next(random_);
    const std::string name(fault.name);
    std::cout << name << std::flush;
    const absl::StatusOr<Strike> strike = fault.strike(rig_, random_);
    if (!strike.ok()) {
      report_.problems.push_back(absl::StrCat(name, ": ", strike.status().message()));
      return;
    }
    const auto recovery = recover(name, strike->healed, kRecoveryLimits * fault.live_limit);
    if (!recovery) return;
    std::cout << ": whole after " << recovery->count() << " ms" << std::endl;
    FaultResults& results = report_.faults[name];
    results.live_limit = fault.live_limit;
    results.recoveries.push_back(*recovery);
    measure_memory();
  }

  void measure_memory() {
    for (std::size_t index = 0; index < rig_.backends(); ++index) {
      report_.backend_bytes_max = std::max(report_.backend_bytes_max, rig_.backend(index).resident_bytes());
    }
    for (std::size_t index = 0; index < rig_.gateways(); ++index) {
      report_.gateway_bytes_max = std::max(report_.gateway_bytes_max, rig_.gateway(index).resident_bytes());
    }
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
    if (const absl::Status read = wait_until_read(); !read.ok()) {
      report_.problems.emplace_back(read.message());
      return;
    }
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
    report_.anomalies = check(workload_.history(), *contents, {.resume_changes_max = options_.resume_changes_max});
  }

  // Until nothing comes any more (what a writer has given up may still be stored), and every reader has it all. Who has
  // not by then is told by the check.
  absl::Status wait_until_read() {
    const auto end = steady_clock::now() + kSettleMax;
    std::map<std::string, std::int64_t> heads;
    auto changed = steady_clock::now();
    while (steady_clock::now() < end) {
      auto now_heads = read_heads(rig_.database_url());
      if (!now_heads.ok()) return now_heads.status();
      if (heads != *now_heads) changed = steady_clock::now();
      heads = *std::move(now_heads);
      if (steady_clock::now() - changed > kQuiet && workload_.behind(heads).empty()) break;
      std::this_thread::sleep_for(kLook);
    }
    return absl::OkStatus();
  }

  const RunOptions& options_;
  Rig& rig_;
  Workload& workload_;
  Turns turns_;
  std::mt19937_64 random_;
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

// With all that this machine can give.
absl::StatusOr<std::unique_ptr<Rig>> start_rig(RigOptions options) {
  while (true) {
    absl::StatusOr<std::unique_ptr<Rig>> rig = Rig::start(options);
    if (!absl::IsUnimplemented(rig.status())) return rig;
    std::cout << "left out: " << rig.status().message() << std::endl;
    if (options.database_disk_bytes > 0) {
      options.database_disk_bytes = 0;
    } else if (options.has_false_clocks) {
      options.has_false_clocks = false;
    } else {
      return rig;
    }
  }
}

}  // namespace

absl::StatusOr<Report> run_faults(const RunOptions& options) {
  const auto start = steady_clock::now();
  RigOptions rig_options = options.rig;
  rig_options.chaos_seed = options.seed;
  rig_options.backend_arguments.push_back(absl::StrCat("--resume_changes_max=", options.resume_changes_max));
  const absl::StatusOr<std::unique_ptr<Rig>> rig = start_rig(std::move(rig_options));
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
