#include "tests/faults/report.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "common/absl_view.h"

namespace parley::faults {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kShownMax = 30;

milliseconds median(std::vector<milliseconds> times) {
  if (times.empty()) return milliseconds(0);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

milliseconds longest(const std::vector<milliseconds>& times) {
  return times.empty() ? milliseconds(0) : *std::max_element(times.begin(), times.end());
}

double megabytes(std::size_t bytes) { return static_cast<double>(bytes) / 1e6; }

double seconds(milliseconds time) { return static_cast<double>(time.count()) / 1'000; }

}  // namespace

bool Report::is_good(double patience) const {
  const bool is_in_time = std::all_of(faults.begin(), faults.end(), [patience](const auto& entry) {
    return seconds(longest(entry.second.recoveries)) <= patience * seconds(entry.second.live_limit);
  });
  return anomalies.empty() && problems.empty() && is_in_time;
}

void print(std::ostream& stream, const Report& report) {
  stream << absl::StrFormat("\n%-32s %8s %12s %12s %12s\n", "fault", "strikes", "median s", "longest s", "required s");
  milliseconds longest_of_all{0};
  std::size_t strikes = 0;
  for (const auto& [name, results] : report.faults) {
    strikes += results.recoveries.size();
    longest_of_all = std::max(longest_of_all, longest(results.recoveries));
    stream << absl::StrFormat("%-32s %8d %12.2f %12.2f %12.2f\n", name, results.recoveries.size(),
                              seconds(median(results.recoveries)), seconds(longest(results.recoveries)),
                              seconds(results.live_limit));
  }
  stream << absl::StrFormat(
      "\nbroker %s, seed %d, %.1f minutes, %d strikes, longest recovery %.2f s\n"
      "%d messages, %d acknowledged, %d attempts without an answer; %d entries seen, %d resets\n"
      "memory at most: backend %.1f MB, gateway %.1f MB\n",
      report.broker, report.seed, seconds(report.duration) / 60, strikes, seconds(longest_of_all),
      report.counts.messages, report.counts.acknowledged, report.counts.unanswered, report.counts.seen,
      report.counts.resets, megabytes(report.backend_bytes_max), megabytes(report.gateway_bytes_max));
  for (const std::string& problem : report.problems) stream << "problem: " << problem << '\n';
  std::map<AnomalyKind, std::size_t> kinds;
  for (const Anomaly& anomaly : report.anomalies) {
    if (++kinds[anomaly.kind] <= kShownMax) stream << name_of(anomaly.kind) << ": " << anomaly.text << '\n';
  }
  for (const auto& [kind, count] : kinds)
    stream << absl::StrFormat("%d anomalies: %s\n", count, to_absl(name_of(kind)));
  stream << absl::StrFormat("anomalies: %d\n", report.anomalies.size());
}

}  // namespace parley::faults
