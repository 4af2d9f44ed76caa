// Back to a release that was served before, which lasts, and past all that is damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/errors.h"
#include "gateway/publish/publisher.h"
#include "tests/unit/gateway/support/release_shelf_fixture.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class RollbackTest : public test::ReleaseTest {
 protected:
  // As if each had been made a minute after the one before.
  void make_older(const std::vector<std::string>& ids) const {
    fs::file_time_type made = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (const std::string& id : ids) fs::last_write_time(releases / id, made += std::chrono::minutes(1));
  }
};

TEST_F(RollbackTest, RollsBackToTheOneBefore) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  publish("three");
  EXPECT_EQ(*open()->roll_back(), two);
  EXPECT_EQ(look()->page_version(), "two");
  EXPECT_EQ(*open()->roll_back(), one);
  EXPECT_EQ(error_reason(open()->roll_back().status()), "SITE_INVALID");
  EXPECT_EQ(current(), one);
  const std::string four = publish("four");
  EXPECT_EQ(*open()->roll_back(), one) << "what was served before, not what was made before";
  EXPECT_EQ(look()->page_version(), "one");
  const auto list = *open()->list();
  EXPECT_EQ(list.size(), 4U);
  EXPECT_EQ(list.back().id, four);
  EXPECT_TRUE(
      std::any_of(list.begin(), list.end(), [&one](const auto& row) { return row.is_current && row.id == one; }));
}

TEST_F(RollbackTest, ARollbackToADamagedOneIsRefused) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  write(file(one, "favicon.svg"), "<svg>");
  EXPECT_EQ(error_reason(open()->roll_back().status()), "SITE_INVALID");
  EXPECT_EQ(current(), two);
}

TEST_F(RollbackTest, ARollbackPassesADamagedOne) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  publish("three");
  write(file(two, "favicon.svg"), "<svg>");
  EXPECT_EQ(*open()->roll_back(), one);
  EXPECT_THAT(notes, ElementsAre(HasSubstr(two)));
}

TEST_F(RollbackTest, ARollbackLasts) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  ASSERT_EQ(*open()->roll_back(), one);
  EXPECT_TRUE(open()->list()->back().is_withdrawn);
  build("two");
  EXPECT_EQ(*open()->publish(site, WhenWithdrawn::kKeepCurrent), one);
  EXPECT_EQ(current(), one);
  EXPECT_THAT(notes, ElementsAre(HasSubstr(two)));
  build("three");
  const std::string three = *open()->publish(site, WhenWithdrawn::kKeepCurrent);
  EXPECT_EQ(current(), three) << "nobody has rolled back from this one";
  EXPECT_EQ(publish("two"), two);
  EXPECT_EQ(current(), two) << "somebody wants it";
  EXPECT_EQ(*open()->roll_back(), three);
  build("three");
  EXPECT_EQ(*open()->publish(site, WhenWithdrawn::kKeepCurrent), three);
}

TEST_F(RollbackTest, ARollbackNeverLeadsToOneThatIsWithdrawn) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  const std::string three = publish("three");
  ASSERT_EQ(*open()->roll_back(), two);
  publish("four");
  EXPECT_EQ(*open()->roll_back(), two);
  EXPECT_EQ(*open()->roll_back(), one) << "not " << three;
  EXPECT_FALSE(open()->roll_back().ok());
}

TEST_F(RollbackTest, AWithdrawnReleaseIsPublishedWhenTheCurrentOneIsNotWhole) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  ASSERT_TRUE(open()->roll_back().ok());
  fs::remove(file(one, "favicon.svg"));
  build("two");
  EXPECT_EQ(*open()->publish(site, WhenWithdrawn::kKeepCurrent), two);
  EXPECT_EQ(current(), two);
}

TEST_F(RollbackTest, TheMarkOfAWithdrawnReleaseGoesWithIt) {
  publish("one");
  const std::string two = publish("two", 1);
  ASSERT_TRUE(open()->roll_back().ok());
  for (const char* version : {"three", "four", "five"}) publish(version, 1);
  EXPECT_FALSE(fs::exists(releases / two));
  EXPECT_FALSE(fs::exists(releases / (two + ".withdrawn")));
}

// What is done to `history`, and what stands for it then: the releases that are whole, in the order of their making.
TEST_F(RollbackTest, ADamagedHistoryIsMadeAnew) {
  const std::vector<std::function<void()>> damages = {
      [this] { write(releases / "history", "half a li"); },
      [this] { write(releases / "history", std::string(70'000, 'a')); },
      [this] {
        fs::remove(releases / "history");
        fs::create_directory(releases / "history");
      },
      [this] {
        fs::remove(releases / "history");
        fs::create_symlink("nowhere", releases / "history");
      },
  };
  for (const auto& damage : damages) {
    fs::remove_all(releases);
    const std::string one = publish("one");
    const std::string two = publish("two");
    const std::string three = publish("three");
    make_older({one, two, three});
    damage();
    notes.clear();
    const absl::StatusOr<std::vector<PublishedRelease>> list = open()->list();
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(list->size(), 3U);
    EXPECT_EQ(list->front().id, one);
    EXPECT_THAT(notes, ElementsAre(HasSubstr("history")));
    const absl::StatusOr<std::string> back = open()->roll_back();
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, two);
    EXPECT_EQ(*release_history(releases), (std::vector<std::string>{one, two, three}));
    damage();
    const std::string four = publish("four");
    EXPECT_EQ(current(), four);
    EXPECT_EQ(*release_history(releases), (std::vector<std::string>{one, three, two, four}));
  }
}

TEST_F(RollbackTest, ARollbackFromABrokenLinkLeadsToTheNewestThatIsWhole) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  const std::string three = publish("three");
  fs::remove(file(three, "favicon.svg"));
  for (const std::string& target : {std::string("nowhere"), std::string(64, 'a')}) {
    switch_to(target);
    EXPECT_TRUE(open()->list().ok());
    EXPECT_EQ(*open()->roll_back(), two) << target;
    EXPECT_EQ(current(), two);
  }
  fs::remove(releases / "current");
  EXPECT_EQ(*open()->roll_back(), two) << "no link at all";
  fs::remove(releases / "current");
  write(releases / "current/file", "a folder");
  EXPECT_EQ(*open()->roll_back(), two);
  EXPECT_EQ(current(), two);
  fs::remove(releases / "current");
  write(releases / "current/file", "a folder");
  EXPECT_EQ(publish("one"), one);
  EXPECT_EQ(current(), one);
}

}  // namespace
}  // namespace parley::gateway
