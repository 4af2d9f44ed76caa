// When the clients worked again.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/faults/history.h"

namespace parley::faults {

struct Liveness {
  SteadyTime live_at{};               // when the last one worked again; of no meaning while somebody does not
  std::vector<std::string> not_live;  // who does not work yet
};

// A writer of `writers` (author ids) works again with its first acknowledgement after `since`, a view of a reader with
// the first message in it that was begun after `since`.
Liveness live_since(const History& history, std::span<const std::string> writers, SteadyTime since);

}  // namespace parley::faults
