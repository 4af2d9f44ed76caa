// When messages are due: evenly, one after the other, whatever the server does.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tests/bench/stamp.h"

namespace parley::bench {

// Message number n, from 0 on, is due n / rate seconds after the beginning, and is said by sender n modulo the number
// of senders: each sender speaks at the same pace, staggered against the others. Nothing accumulates: each time is
// computed from the beginning.
class SendSchedule {
 public:
  // `rate`: of all senders together, messages a second, above 0.
  SendSchedule(TimePoint begin, double rate, std::size_t senders) : begin_(begin), rate_(rate), senders_(senders) {}

  TimePoint due(std::uint64_t number) const {
    return begin_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                        std::chrono::duration<double>(static_cast<double>(number) / rate_));
  }
  std::uint32_t sender(std::uint64_t number) const { return static_cast<std::uint32_t>(number % senders_); }

 private:
  const TimePoint begin_;
  const double rate_;
  const std::size_t senders_;
};

}  // namespace parley::bench
