#include "tests/bench/process_usage.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace parley::bench {
namespace {

double seconds(std::uint64_t ticks) { return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK)); }

struct Stat {
  std::uint64_t own_ticks = 0;
  std::uint64_t waited_ticks = 0;  // of children that have ended
  std::uint64_t resident_pages = 0;
};

std::optional<Stat> stat_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The second field, the name in parentheses, may hold anything.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  std::uint64_t waited_user = 0;
  std::uint64_t waited_system = 0;
  Stat stat;
  for (int field = 3; field <= 13; ++field) fields >> skipped;
  fields >> user >> system >> waited_user >> waited_system;
  for (int field = 18; field <= 23; ++field) fields >> skipped;
  fields >> stat.resident_pages;
  if (!fields) return std::nullopt;
  stat.own_ticks = user + system;
  stat.waited_ticks = waited_user + waited_system;
  return stat;
}

}  // namespace

std::optional<ProcessUsage> usage_of(pid_t process) {
  const std::string id = std::to_string(process);
  const std::optional<Stat> root = stat_of(id);
  if (!root) return std::nullopt;
  std::uint64_t ticks = root->own_ticks + root->waited_ticks;
  std::uint64_t pages = root->resident_pages;
  std::ifstream children("/proc/" + id + "/task/" + id + "/children");
  for (std::string child; children >> child;) {
    const std::optional<Stat> stat = stat_of(child);
    if (!stat) continue;
    ticks += stat->own_ticks;
    pages += stat->resident_pages;
  }
  return ProcessUsage{.cpu_s = seconds(ticks),
                      .resident_bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))};
}

MachineUsage usage_of_machine() {
  std::ifstream file("/proc/stat");
  std::string name;
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t waiting = 0;
  std::uint64_t interrupts = 0;
  std::uint64_t soft_interrupts = 0;
  std::uint64_t stolen = 0;
  file >> name >> user >> nice >> system >> idle >> waiting >> interrupts >> soft_interrupts >> stolen;
  return {.busy_s = seconds(user + nice + system + interrupts + soft_interrupts), .stolen_s = seconds(stolen)};
}

}  // namespace parley::bench
