#include "common/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <system_error>

namespace parley {
namespace {

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Field `number` of /proc/self/stat, see proc(5), counted from 1; for those behind the program's name.
std::uint64_t stat_field(const std::string& stat, int number) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int index = 3; index <= number; ++index) fields >> field;
  std::uint64_t value = 0;
  std::istringstream(field) >> value;
  return value;
}

std::int64_t open_descriptors() {
  std::error_code error;
  std::int64_t count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  return count;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double start_time(const std::string& stat) {
  std::istringstream lines(read_file("/proc/stat"));
  std::string word;
  double boot = 0;
  while (lines >> word) {
    if (word == "btime") {
      lines >> boot;
      break;
    }
    lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  constexpr int kStartTime = 22;
  return boot + static_cast<double>(stat_field(stat, kStartTime)) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::string_view build_version() { return PARLEY_VERSION; }

void expose_process(Exposition& exposition, std::string_view program) {
  using Type = Exposition::Type;
  constexpr int kResidentPages = 24;
  const std::string stat = read_file("/proc/self/stat");
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);

  exposition.family(Type::kGauge, "parley_build_info",
                    "Always 1; its labels say which program of which version this is.");
  exposition.sample(std::uint64_t{1}, {{"program", program}, {"version", build_version()}});
  exposition.family(Type::kCounter, "process_cpu_seconds_total", "Processor time of the user and the system.");
  exposition.sample(cpu_seconds());
  exposition.family(Type::kGauge, "process_resident_memory_bytes", "Memory that is in RAM.");
  exposition.sample(stat_field(stat, kResidentPages) * page);
  exposition.gauge("process_open_fds", "Open file descriptors.", open_descriptors());
  exposition.family(Type::kGauge, "process_max_fds", "File descriptors that may be open.");
  exposition.sample(static_cast<std::uint64_t>(limit.rlim_cur));
  exposition.family(Type::kGauge, "process_start_time_seconds", "When the process began, since the Unix epoch.");
  exposition.sample(start_time(stat));
}

}  // namespace parley
