#include "tests/faults/turns.h"

#include <algorithm>
#include <string_view>

namespace parley::faults {
namespace {

bool is_meant(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

}  // namespace

Turns::Turns(const std::vector<std::string>& names, const RigOptions& options) : unknown_(names) {
  for (const Fault& fault : all_faults()) {
    if (!can_strike(fault, options)) continue;
    const auto means_it = [&fault](const std::string& pattern) { return is_meant(pattern, fault.name); };
    if (names.empty() || std::any_of(names.begin(), names.end(), means_it)) faults_.push_back(&fault);
    unknown_.erase(std::remove_if(unknown_.begin(), unknown_.end(), means_it), unknown_.end());
  }
}

const Fault& Turns::next(std::mt19937_64& random) {
  if (waiting_.empty()) {
    waiting_ = faults_;
    std::shuffle(waiting_.begin(), waiting_.end(), random);
    ++rounds_;
  }
  const Fault& next = *waiting_.back();
  waiting_.pop_back();
  return next;
}

}  // namespace parley::faults
