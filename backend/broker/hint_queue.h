// Hints that wait for the next notification.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "backend/chat/broker.h"

namespace parley::backend {

// Not thread-safe. Holds at most `lines_max` changes one by one; beyond that only each room's newest, and of at most
// `lines_max` rooms: a hint may be lost, the hubs find out by themselves.
class HintQueue {
 public:
  explicit HintQueue(std::size_t lines_max) : lines_max_(lines_max) {}

  void add(const Hint& hint);
  bool empty() const { return changes_.empty() && presence_.empty() && heads_.empty(); }
  // All that waits, as lines of a payload. The queue is empty then.
  std::vector<std::string> take();

 private:
  const std::size_t lines_max_;
  std::vector<Hint> changes_;
  std::set<std::string> presence_;
  std::map<std::string, pb::StreamPosition> heads_;  // of changes that did not find room
};

}  // namespace parley::backend
