#include "gateway/web/upgrade_rate.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace parley::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr UpgradeRate::TimePoint kBegin{seconds(1'000)};

TEST(UpgradeRateTest, AnAddressHasItsBurstAndThenItsRate) {
  UpgradeRate rate({.per_second_max = 100, .burst = 100, .per_address_per_second_max = 2, .per_address_burst = 3},
                   kBegin);
  for (int index = 0; index < 3; ++index) EXPECT_TRUE(rate.take("a", kBegin).ok());
  const absl::Status refused = rate.take("a", kBegin);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(error_reason(refused), "TOO_MANY_UPGRADES");
  EXPECT_TRUE(rate.take("b", kBegin).ok());
  EXPECT_FALSE(rate.take("a", kBegin + milliseconds(400)).ok());
  EXPECT_TRUE(rate.take("a", kBegin + milliseconds(600)).ok());
  EXPECT_FALSE(rate.take("a", kBegin + milliseconds(600)).ok());
}

TEST(UpgradeRateTest, AllHaveTheirBurstAndThenTheirRate) {
  UpgradeRate rate({.per_second_max = 1, .burst = 2, .per_address_per_second_max = 5, .per_address_burst = 5}, kBegin);
  EXPECT_TRUE(rate.take("a", kBegin).ok());
  EXPECT_TRUE(rate.take("b", kBegin).ok());
  const absl::Status refused = rate.take("c", kBegin);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(error_reason(refused), "OVERLOADED");
  EXPECT_TRUE(rate.take("c", kBegin + seconds(1)).ok());
}

TEST(UpgradeRateTest, WhatIsRefusedForItsAddressTakesNothingFromTheOthers) {
  UpgradeRate rate({.per_second_max = 1, .burst = 3, .per_address_per_second_max = 1, .per_address_burst = 1}, kBegin);
  EXPECT_TRUE(rate.take("a", kBegin).ok());
  for (int index = 0; index < 100; ++index) EXPECT_FALSE(rate.take("a", kBegin).ok());
  EXPECT_TRUE(rate.take("b", kBegin).ok());
  EXPECT_TRUE(rate.take("c", kBegin).ok());
}

TEST(UpgradeRateTest, ForgetsAddressesThatHaveBeenQuiet) {
  UpgradeRate rate(
      {.per_second_max = 1'000'000, .burst = 1'000'000, .per_address_per_second_max = 1, .per_address_burst = 2},
      kBegin);
  UpgradeRate::TimePoint now = kBegin;
  for (int index = 0; index < 100'000; ++index) {
    now += milliseconds(1);
    EXPECT_TRUE(rate.take(absl::StrCat("address-", index), now).ok());
    ASSERT_LE(rate.addresses(), 2'100U);
  }
}

}  // namespace
}  // namespace parley::gateway
