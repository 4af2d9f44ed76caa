// How many rooms the connections of one client address are subscribed to: a few addresses must not use up rooms_max.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace parley::gateway {

// Thread-safe. A room counts once for each connection.
class RoomShares {
 public:
  explicit RoomShares(std::size_t per_address_max) : per_address_max_(per_address_max) {}

  // One more; false, and nothing taken, where the address has as many as it may.
  bool take(const std::string& address) {
    const std::lock_guard lock(mutex_);
    std::size_t& taken = by_address_[address];
    if (taken < per_address_max_) {
      ++taken;
      return true;
    }
    if (taken == 0) by_address_.erase(address);
    return false;
  }
  // `count` of those that were taken.
  void give_back(const std::string& address, std::size_t count) {
    if (count == 0) return;
    const std::lock_guard lock(mutex_);
    const auto found = by_address_.find(address);
    if (found == by_address_.end()) return;
    if (found->second <= count) {
      by_address_.erase(found);
    } else {
      found->second -= count;
    }
  }

 private:
  const std::size_t per_address_max_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace parley::gateway
