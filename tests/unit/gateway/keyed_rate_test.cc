#include "gateway/web/keyed_rate.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace parley::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr KeyedRate::TimePoint kBegin{seconds(1'000)};

bool take(KeyedRate& rate, const std::string& key, KeyedRate::TimePoint now) {
  if (!rate.has_token(key, now)) return false;
  rate.take(key, now);
  return true;
}

TEST(KeyedRateTest, EachKeyHasItsBurstAndThenItsRate) {
  KeyedRate rate({.per_second_max = 2, .burst = 3});
  for (int index = 0; index < 3; ++index) EXPECT_TRUE(take(rate, "a", kBegin));
  EXPECT_FALSE(take(rate, "a", kBegin));
  EXPECT_TRUE(take(rate, "b", kBegin));
  EXPECT_FALSE(take(rate, "a", kBegin + milliseconds(400)));
  EXPECT_TRUE(take(rate, "a", kBegin + milliseconds(600)));
  EXPECT_FALSE(take(rate, "a", kBegin + milliseconds(600)));
}

TEST(KeyedRateTest, ForgetsWhoHasBeenQuiet) {
  KeyedRate rate({.per_second_max = 1, .burst = 2});
  KeyedRate::TimePoint now = kBegin;
  for (int index = 0; index < 100'000; ++index) {
    now += milliseconds(1);
    EXPECT_TRUE(take(rate, absl::StrCat("address-", index), now));
    ASSERT_LE(rate.keys(), 2'100U);
  }
}

// From one address each, all at the same time.
TEST(KeyedRateTest, OfACrowdItRemembersSoManyAndThoseWhoTookMost) {
  constexpr std::size_t kMost = 1'000;
  KeyedRate rate({.per_second_max = 1, .burst = 5}, kMost);
  for (int index = 0; index < 5; ++index) EXPECT_TRUE(take(rate, "flood", kBegin));
  for (int index = 0; index < 100'000; ++index) {
    EXPECT_TRUE(take(rate, absl::StrCat("address-", index), kBegin));
    ASSERT_LE(rate.keys(), kMost);
    ASSERT_FALSE(rate.has_token("flood", kBegin)) << "after " << index;
  }
}

}  // namespace
}  // namespace parley::gateway
