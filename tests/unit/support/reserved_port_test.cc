#include "tests/support/reserved_port.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "tests/support/chaos_gate.h"
#include "tests/unit/support/peer.h"

namespace parley::faults {
namespace {

TEST(ReservedPortTest, RefusesConnectionsAndIsNobodyElses) {
  std::vector<ReservedPort> ports;
  std::set<std::uint16_t> numbers;
  for (int count = 0; count < 200; ++count) {
    ports.push_back(ReservedPort::take().value());
    numbers.insert(ports.back().number());
    EXPECT_FALSE(Peer::connect(ports.back().number()).is_open());
  }
  EXPECT_EQ(numbers.size(), ports.size());
}

}  // namespace
}  // namespace parley::faults
