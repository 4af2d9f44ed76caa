#include "gateway/web/client_rate.h"

#include <gtest/gtest.h>

#include "common/errors.h"

namespace parley::gateway {
namespace {

using std::chrono::seconds;

constexpr ClientRate::TimePoint kBegin{seconds(1'000)};
constexpr ClientRate::Limits kLimits{.address = {.setting = "of_address", .limits = {.per_second_max = 1, .burst = 2}},
                                     .network = {.setting = "of_network", .limits = {.per_second_max = 1, .burst = 3}},
                                     .reason = "TOO_MANY_REQUESTS",
                                     .message = "too many"};

TEST(ClientRateTest, AnAddressHasItsShare) {
  ClientRate rate(kLimits);
  EXPECT_TRUE(rate.take("192.0.2.1", "", kBegin).ok());
  EXPECT_TRUE(rate.take("192.0.2.1", "", kBegin).ok());
  const absl::Status refused = rate.take("192.0.2.1", "", kBegin);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(error_reason(refused), "TOO_MANY_REQUESTS");
  EXPECT_EQ(limit_setting(refused), "of_address");
  EXPECT_TRUE(rate.take("192.0.2.2", "", kBegin).ok());
  EXPECT_TRUE(rate.take("192.0.2.1", "", kBegin + seconds(1)).ok());
}

TEST(ClientRateTest, ANetworkHasAShareOfItsOwn) {
  ClientRate rate(kLimits);
  EXPECT_TRUE(rate.take("a", "net", kBegin).ok());
  EXPECT_TRUE(rate.take("b", "net", kBegin).ok());
  EXPECT_TRUE(rate.take("c", "net", kBegin).ok());
  EXPECT_EQ(limit_setting(rate.take("d", "net", kBegin)), "of_network");
  EXPECT_TRUE(rate.take("d", "other", kBegin).ok());
}

TEST(ClientRateTest, WhatIsRefusedForItsNetworkTakesNothingOfItsAddress) {
  ClientRate rate(kLimits);
  for (const char* address : {"a", "b", "c"}) EXPECT_TRUE(rate.take(address, "net", kBegin).ok());
  for (int index = 0; index < 100; ++index) EXPECT_FALSE(rate.take("d", "net", kBegin).ok());
  EXPECT_TRUE(rate.take("d", "", kBegin).ok());
  EXPECT_TRUE(rate.take("d", "", kBegin).ok());
}

}  // namespace
}  // namespace parley::gateway
