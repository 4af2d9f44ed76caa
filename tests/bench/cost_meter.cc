#include "tests/bench/cost_meter.h"

#include <sys/resource.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

absl::StatusOr<CostMeter> CostMeter::watch(std::vector<WatchedProcess> processes) {
  CostMeter meter(std::move(processes));
  absl::StatusOr<Reading> reading = meter.read();
  if (!reading.ok()) return reading.status();
  meter.first_ = *std::move(reading);
  meter.begin_ = meter.first_;
  return meter;
}

absl::Status CostMeter::begin() {
  absl::StatusOr<Reading> reading = read();
  if (!reading.ok()) return reading.status();
  begin_ = *std::move(reading);
  return absl::OkStatus();
}

absl::StatusOr<Costs> CostMeter::end() const {
  const absl::StatusOr<Reading> now = read();
  if (!now.ok()) return now.status();
  Costs costs;
  costs.generator_cpu_s = now->generator_cpu_s - begin_.generator_cpu_s;
  costs.stolen_s = now->machine.stolen_s - begin_.machine.stolen_s;
  double ours_s = costs.generator_cpu_s;
  for (std::size_t index = 0; index < processes_.size(); ++index) {
    const ProcessUsage& usage = now->processes[index];
    const double cpu_s = usage.cpu_s - begin_.processes[index].cpu_s;
    const std::uint64_t first_bytes = first_.processes[index].resident_bytes;
    costs.processes.push_back({.name = processes_[index].name,
                               .cpu_s = cpu_s,
                               .resident_bytes = usage.resident_bytes,
                               .grown_bytes = usage.resident_bytes - std::min(usage.resident_bytes, first_bytes)});
    ours_s += cpu_s;
  }
  costs.others_cpu_s = std::max(0.0, now->machine.busy_s - begin_.machine.busy_s - ours_s);
  return costs;
}

absl::StatusOr<CostMeter::Reading> CostMeter::read() const {
  Reading reading;
  for (const WatchedProcess& process : processes_) {
    const std::optional<ProcessUsage> usage = usage_of(process.pid);
    if (!usage) return absl::NotFoundError(absl::StrCat("there is no process ", process.pid, " (", process.name, ")"));
    reading.processes.push_back(*usage);
  }
  reading.machine = usage_of_machine();
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  reading.generator_cpu_s = seconds(own.ru_utime) + seconds(own.ru_stime);
  return reading;
}

}  // namespace parley::bench
