// What is served: the current release as long as it is whole, and the assets of those before it.
#include "gateway/site/release_shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/publish/publisher.h"
#include "tests/unit/gateway/support/release_shelf_fixture.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ReleaseShelfTest : public test::ReleaseTest {
 protected:
  static std::string bytes_of(const Site& site, const std::string& path) {
    const SiteFile* file = site.find(path);
    return file == nullptr ? "" : file->variants.back().bytes;
  }
  std::size_t count(const std::string& event) const {
    const std::string text = log.str();
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find("\"" + event + "\"", at)) != std::string::npos; ++at) ++found;
    return found;
  }
};

TEST_F(ReleaseShelfTest, OnlyTheCurrentPageIsServedAndTheAssetsOfTheLastOnes) {
  publish("one");
  publish("two");
  look();
  EXPECT_EQ(seen->page_version(), "two");
  EXPECT_EQ(bytes_of(*seen, "/"), page("two"));
  EXPECT_EQ(bytes_of(*seen, "/assets/app.one.js"), "script one");
  for (const char* version : {"three", "four", "five"}) publish(version);
  look();
  EXPECT_EQ(bytes_of(*seen, "/"), page("five"));
  EXPECT_EQ(bytes_of(*seen, "/assets/app.one.js"), "") << "three are kept beside the current one";
  EXPECT_EQ(bytes_of(*seen, "/assets/app.two.js"), "script two");
  EXPECT_EQ(seen->find("/")->variants.size(), 2U) << "the compressed form belongs to the page";
}

TEST_F(ReleaseShelfTest, AnUnchangedFolderIsNoNews) {
  EXPECT_EQ(shelf.look(), nullptr);
  publish("one");
  EXPECT_NE(shelf.look(), nullptr);
  EXPECT_EQ(shelf.look(), nullptr);
  EXPECT_EQ(count("release_served"), 1U);
}

TEST_F(ReleaseShelfTest, ReadsTheAssetsOfAReleaseBeforeItIsSwitchedTo) {
  publish("one");
  build("two");
  absl::StatusOr<Publisher> publisher =
      Publisher::open({releases, 5, [this] {
                         look();
                         EXPECT_EQ(seen->page_version(), "one");
                         EXPECT_EQ(bytes_of(*seen, "/assets/app.two.js"), "script two");
                       }});
  ASSERT_TRUE(publisher->publish(site).ok());
  EXPECT_EQ(look()->page_version(), "two");
}

TEST_F(ReleaseShelfTest, WhoLoadedThePageJustBeforeASwitchFindsItsAssetsThough1IsKept) {
  ReleaseShelf small(releases, 1, logger);
  publish("one", 1);
  publish("two", 1);
  ASSERT_EQ(small.look()->page_version(), "two");
  publish("three", 1);
  const std::shared_ptr<const Site> site = small.look();
  EXPECT_EQ(site->page_version(), "three");
  EXPECT_EQ(bytes_of(*site, "/assets/app.two.js"), "script two");
  EXPECT_EQ(bytes_of(*site, "/assets/app.one.js"), "");
  ASSERT_TRUE(open(1)->roll_back().ok());
  EXPECT_EQ(bytes_of(*small.look(), "/assets/app.three.js"), "script three");
}

// Each kind of damage, in a release that is current: the one before is served on, and it is told once.
TEST_F(ReleaseShelfTest, ADamagedReleaseIsRefusedAndTheOldOneServedOn) {
  struct Damage {
    const char* name;
    std::function<void(const std::string&)> strike;
    const char* told;
  };
  const std::vector<Damage> damages = {
      {"a byte", [this](const auto& id) { write(file(id, "favicon.svg"), "<SVG/>"); }, "favicon.svg is not what"},
      {"shorter", [this](const auto& id) { fs::resize_file(file(id, "index.html"), 10); }, "index.html is too short"},
      {"longer", [this](const auto& id) { write(file(id, "favicon.svg"), "<svg/> "); }, "favicon.svg is too large"},
      {"missing", [this](const auto& id) { fs::remove(file(id, "index.html.gz")); }, "No such file"},
      {"no manifest", [this](const auto& id) { fs::remove(releases / id / "manifest.json"); }, "No such file"},
      {"another manifest", [this](const auto& id) { write(releases / id / "manifest.json", "{}"); },
       "not that of the release"},
      {"gone", [this](const auto& id) { fs::remove_all(releases / id); }, "No such file"},
      {"a link",
       [this](const auto& id) {
         fs::remove(file(id, "favicon.svg"));
         fs::create_symlink("/etc/hostname", file(id, "favicon.svg"));
       },
       "cannot read"},
      {"a folder",
       [this](const auto& id) {
         fs::remove(file(id, "favicon.svg"));
         fs::create_directory(file(id, "favicon.svg"));
       },
       "no regular file"},
  };
  publish("good");
  look();
  for (const Damage& damage : damages) {
    log.str("");
    build(std::string("bad-") + std::to_string(&damage - damages.data()));
    absl::StatusOr<Publisher> publisher = open();
    const std::string good = current();
    const std::string id = *publisher->publish(site);
    damage.strike(id);
    EXPECT_EQ(look()->page_version(), "good") << damage.name;
    look();
    EXPECT_EQ(count("release_refused"), 1U) << damage.name;
    EXPECT_THAT(log.str(), HasSubstr(damage.told)) << damage.name;
    switch_to(good);
    fs::remove_all(releases / id);
    look();
  }
}

TEST_F(ReleaseShelfTest, AHalfWrittenReleaseIsTakenWhenItIsWhole) {
  publish("one");
  look();
  const std::string two = publish("two");
  const fs::path aside = root / "aside";
  fs::rename(file(two, "favicon.svg"), aside);
  EXPECT_EQ(look()->page_version(), "one");
  fs::rename(aside, file(two, "favicon.svg"));
  EXPECT_EQ(look()->page_version(), "two");
}

TEST_F(ReleaseShelfTest, ABrokenLinkChangesNothing) {
  publish("one");
  look();
  for (const char* target : {"nowhere", "../site", "/etc", "."}) {
    switch_to(target);
    EXPECT_EQ(look()->page_version(), "one") << target;
  }
  fs::remove(releases / "current");
  write(releases / "current", "a file");
  EXPECT_EQ(look()->page_version(), "one");
}

TEST_F(ReleaseShelfTest, AtTheStartTheNewestThatIsWholeIsServed) {
  publish("one");
  publish("two");
  const std::string three = publish("three");
  fs::remove(file(three, "index.html"));
  EXPECT_EQ(look()->page_version(), "two");
  EXPECT_EQ(count("release_refused"), 1U);
  EXPECT_EQ(count("release_fallback"), 1U);
}

TEST_F(ReleaseShelfTest, AtTheStartABrokenLinkLeavesTheHistory) {
  publish("one");
  publish("two");
  switch_to("nowhere");
  EXPECT_EQ(look()->page_version(), "two");
  EXPECT_EQ(count("release_refused"), 1U);
}

TEST(SiteVersion, IsWhatThePageSays) {
  const auto version = [](const std::string& index) {
    return Site::make({{"/index.html", {"text/html", index}}})->page_version();
  };
  EXPECT_EQ(version(test::ReleaseFolders::page("0123abcd")), "0123abcd");
  EXPECT_EQ(version("<meta name=\"version\" content=\"\">"), "");
  EXPECT_EQ(version("<meta name=\"version\" content=\"a b\">"), "");
  EXPECT_EQ(version("<meta name=\"version\" content=\"abc"), "abc");
  EXPECT_EQ(version("<html>"), "");
}

}  // namespace
}  // namespace parley::gateway
