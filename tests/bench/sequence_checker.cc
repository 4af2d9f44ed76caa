#include "tests/bench/sequence_checker.h"

namespace parley::bench {

void SequenceChecker::see_unexpected(std::size_t receiver, std::size_t sender, std::uint32_t sequence) {
  const std::size_t index = receiver * senders_ + sender;
  std::uint32_t& next = next_[index];
  std::map<std::uint32_t, std::uint32_t>& gaps = gaps_[index];
  if (sequence > next) {
    gaps.emplace(next, sequence);
    next = sequence + 1;
    ++seen_;
    return;
  }
  auto gap = gaps.upper_bound(sequence);
  if (gap == gaps.begin() || (--gap)->second <= sequence) {
    ++doubled_;
    return;
  }
  const auto [first, last] = *gap;
  gaps.erase(gap);
  if (first < sequence) gaps.emplace(first, sequence);
  if (sequence + 1 < last) gaps.emplace(sequence + 1, last);
  ++misordered_;
  ++seen_;
}

}  // namespace parley::bench
