#include "common/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace parley {
namespace {

class Constant final : public RandomSource {
 public:
  explicit Constant(std::byte value) : value_(value) {}
  void fill(std::span<std::byte> bytes) override { std::fill(bytes.begin(), bytes.end(), value_); }

 private:
  std::byte value_;
};

TEST(RandomTest, IdsAre22UrlSafeCharacters) {
  SystemRandom random;
  std::set<std::string> ids;
  for (int count = 0; count < 1'000; ++count) {
    const std::string id = make_id(random);
    EXPECT_THAT(id, testing::MatchesRegex("[A-Za-z0-9_-]{22}"));
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1'000u);
}

TEST(RandomTest, IdsUseTheSourceThatIsGiven) {
  Constant zeros(std::byte{0});
  Constant ones(std::byte{0xFF});
  EXPECT_EQ(make_id(zeros), std::string(22, 'A'));
  EXPECT_EQ(make_id(ones), std::string(21, '_') + "w");
}

TEST(RandomTest, NumbersStayBelowTheirBound) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int count = 0; count < 2'000; ++count) seen.insert(random_below(random, 7));
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(*seen.rbegin(), 6u);
  EXPECT_EQ(random_below(random, 1), 0u);
}

}  // namespace
}  // namespace parley
