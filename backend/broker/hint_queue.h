// Hints that wait for the next notification.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/chat/broker.h"

namespace parley::backend {

// Not thread-safe. A room that has more than `room_changes_max` changes waiting is told about by its newest position
// only: whoever has joined it reads many at once for less than it costs to carry them to all. Holds at most `lines_max`
// changes one by one; beyond that only each room's newest, and of at most `lines_max` rooms: a hint may be lost, the
// hubs find out by themselves.
class HintQueue {
 public:
  HintQueue(std::size_t room_changes_max, std::size_t lines_max)
      : room_changes_max_(room_changes_max), lines_max_(lines_max) {}

  void add(Hint hint);
  bool empty() const { return changes_.empty() && presence_.empty() && heads_.empty(); }
  // All that waits, as lines of a payload. The queue is empty then.
  std::vector<std::string> take();

 private:
  void add_head(const Hint& change);

  const std::size_t room_changes_max_;
  const std::size_t lines_max_;
  std::vector<Hint> changes_;
  std::unordered_map<std::string, std::size_t> room_changes_;  // how many of changes_ each room has
  std::set<std::string> presence_;
  std::map<std::string, pb::StreamPosition> heads_;  // of rooms that are told about by their position only
};

}  // namespace parley::backend
