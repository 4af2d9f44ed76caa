// Whether each receiver saw each message of each sender that it hears, once and in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace parley::bench {

// On one thread. What comes in order costs a comparison and no allocation.
class SequenceChecker {
 public:
  // Both are numbered from 0 on; every receiver hears as many senders.
  SequenceChecker(std::size_t receivers, std::size_t senders)
      : senders_(senders), next_(receivers * senders), order_(receivers) {}

  void see(std::size_t receiver, std::size_t sender, std::uint32_t sequence) {
    std::uint32_t& next = next_[receiver * senders_ + sender];
    // Of what all receivers of a room see in the same order, the same remains.
    order_[receiver] = (order_[receiver] ^ (static_cast<std::uint64_t>(sender) << 32U | sequence)) * kOddMultiplier + 1;
    if (sequence == next) [[likely]] {
      ++next;
      ++seen_;
    } else {
      see_unexpected(receiver, sender, sequence);
    }
  }

  std::uint64_t seen() const { return seen_; }              // different ones
  std::uint64_t doubled() const { return doubled_; }        // seen before
  std::uint64_t misordered() const { return misordered_; }  // seen after a later one of the same sender
  // Receivers with the same digest have seen the same messages in the same order, over all senders.
  std::uint64_t order_digest(std::size_t receiver) const { return order_[receiver]; }

 private:
  static constexpr std::uint64_t kOddMultiplier = 0x9E37'79B9'7F4A'7C15U;

  void see_unexpected(std::size_t receiver, std::size_t sender, std::uint32_t sequence);

  const std::size_t senders_;
  std::vector<std::uint32_t> next_;  // by receiver and sender: one more than the highest seen
  std::vector<std::uint64_t> order_;
  // By index of `next_`: what was passed over, as first and one past the last.
  std::unordered_map<std::size_t, std::map<std::uint32_t, std::uint32_t>> gaps_;
  std::uint64_t seen_ = 0;
  std::uint64_t doubled_ = 0;
  std::uint64_t misordered_ = 0;
};

}  // namespace parley::bench
