#include "backend/chat/writability.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/backend/support/fake_clock.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;

class WritabilityTest : public testing::Test {
 protected:
  // A probe's result a second after the last one.
  std::optional<Writability::Change> record(bool ok, const std::string& reason = "53100: disk full") {
    clock_.advance(milliseconds(1'000));
    return state_.record(ok ? absl::OkStatus() : absl::UnavailableError(reason), clock_.steady_now());
  }

  FakeClock clock_;
  Writability state_{WritabilityOptions{.agreeing_probes_min = 2, .interval = milliseconds(1'000)},
                     clock_.steady_now()};
};

TEST_F(WritabilityTest, BeginsWritableAndStaysSo) {
  EXPECT_TRUE(state_.is_writable());
  EXPECT_FALSE(record(true).has_value());
  EXPECT_TRUE(state_.is_writable());
}

TEST_F(WritabilityTest, OneFailureIsNoChangeTwoInARowAre) {
  EXPECT_FALSE(record(false).has_value());
  EXPECT_TRUE(state_.is_writable());
  EXPECT_FALSE(record(true).has_value());
  EXPECT_FALSE(record(false).has_value());
  const auto change = record(false, "the last reason");
  ASSERT_TRUE(change.has_value());
  EXPECT_FALSE(change->is_writable);
  EXPECT_EQ(change->reason, "the last reason");
  EXPECT_EQ(change->lasted, milliseconds(4'000));
  EXPECT_FALSE(state_.is_writable());
}

TEST_F(WritabilityTest, ComesBackAfterTwoSuccessesInARow) {
  record(false);
  record(false);
  EXPECT_FALSE(record(false).has_value());
  EXPECT_FALSE(record(true).has_value());
  EXPECT_FALSE(record(false).has_value());
  EXPECT_FALSE(record(true).has_value());
  const auto change = record(true);
  ASSERT_TRUE(change.has_value());
  EXPECT_TRUE(change->is_writable);
  EXPECT_EQ(change->reason, "");
  EXPECT_EQ(change->lasted, milliseconds(5'000));
}

TEST_F(WritabilityTest, AlternatingResultsChangeNothing) {
  for (int round = 0; round < 20; ++round) EXPECT_FALSE(record(round % 2 == 0).has_value());
  EXPECT_TRUE(state_.is_writable());
}

TEST_F(WritabilityTest, ProbesSoonerWhileInDoubt) {
  EXPECT_EQ(state_.next_probe_in(), milliseconds(1'000));
  record(false);
  EXPECT_EQ(state_.next_probe_in(), milliseconds(250));
  record(false);
  EXPECT_EQ(state_.next_probe_in(), milliseconds(1'000)) << "settled: a dead database is not hurried";
  record(true);
  EXPECT_EQ(state_.next_probe_in(), milliseconds(250));
  record(true);
  EXPECT_EQ(state_.next_probe_in(), milliseconds(1'000));
}

}  // namespace
}  // namespace parley::backend
