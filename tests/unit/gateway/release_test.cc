// Releases: making them, telling a whole one from a damaged one, choosing what is served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <vector>

#include "common/errors.h"
#include "gateway/site/digest.h"
#include "gateway/site/release_shelf.h"
#include "tests/unit/gateway/support/release_fixture.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;
using test::ReleaseFolders;
using testing::HasSubstr;

TEST(ReleaseManifest, ReadsWhatItWrites) {
  const ReleaseManifest manifest =
      make_manifest({{"/a.js", {"text/javascript", "x"}}, {"/b/c.svg", {"image/svg+xml", ""}}});
  const absl::StatusOr<ReleaseManifest> read = parse_manifest(encode_manifest(manifest));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at(0).path, "a.js");
  EXPECT_EQ(read->at(0).size, 1U);
  EXPECT_EQ(read->at(0).content_type, "text/javascript");
  EXPECT_EQ(read->at(1).path, "b/c.svg");
  EXPECT_EQ(read->at(1).sha256, sha256_hex(""));
}

TEST(ReleaseManifest, RefusesWhatIsNoneOrLeadsOutOfItsFolder) {
  const auto entry = [](const std::string& path, const std::string& size = "1", const std::string& type = "text/css") {
    return R"({"path":")" + path + R"(","sha256":")" + std::string(64, 'a') + R"(","size":)" + size +
           R"(,"content_type":")" + type + "\"}";
  };
  const auto with = [](const std::string& entries) { return R"({"files":[)" + entries + "]}"; };
  ASSERT_TRUE(parse_manifest(with(entry("a/b.css"))).ok());
  const std::vector<std::string> broken = {"",
                                           "{}",
                                           "[]",
                                           R"({"files":{}})",
                                           with("1"),
                                           with("{}"),
                                           with(entry("../a")),
                                           with(entry("/a")),
                                           with(entry("a/../b")),
                                           with(entry("a//b")),
                                           with(entry("")),
                                           with(entry(".a")),
                                           with(entry("a/.b/c")),
                                           with(entry("a", "-1")),
                                           with(entry("a", "1.5")),
                                           with(entry("a", "268435457")),
                                           with(entry("a", "1", "")),
                                           with(entry("a", "1", R"(text\r\nX: y)")),
                                           with(entry("b") + "," + entry("a")),
                                           with(entry("a") + "," + entry("a")),
                                           with(entry("a", "268435456") + "," + entry("b"))};
  for (const std::string& text : broken) {
    EXPECT_EQ(error_reason(parse_manifest(text).status()), "SITE_INVALID") << text;
  }
}

class ReleaseTest : public testing::Test, public ReleaseFolders {
 protected:
  std::shared_ptr<const Site> look() {
    if (std::shared_ptr<const Site> site = shelf.look()) seen = std::move(site);
    return seen;
  }
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

  SystemClock clock;
  std::ostringstream log;
  Logger logger{"test", LogLevel::kDebug, clock, log};
  ReleaseShelf shelf{releases, 3, logger};
  std::shared_ptr<const Site> seen;
};

TEST_F(ReleaseTest, IsNamedByItsContent) {
  const std::string first = publish("one");
  EXPECT_TRUE(is_release_id(first));
  EXPECT_EQ(publish("two") == first, false);
  EXPECT_EQ(publish("one"), first);
  EXPECT_EQ(current(), first);
  EXPECT_TRUE(read_release(releases, first).ok());
}

TEST_F(ReleaseTest, OnlyTheCurrentPageIsServedAndTheAssetsOfTheLastOnes) {
  publish("one");
  publish("two");
  look();
  EXPECT_EQ(seen->page_version(), "two");
  EXPECT_EQ(bytes_of(*seen, "/"), page("two"));
  EXPECT_EQ(bytes_of(*seen, "/assets/app.one.js"), "script one");
  for (const char* version : {"three", "four", "five"}) publish(version);
  look();
  EXPECT_EQ(bytes_of(*seen, "/"), page("five"));
  EXPECT_EQ(bytes_of(*seen, "/assets/app.two.js"), "") << "three are kept";
  EXPECT_EQ(bytes_of(*seen, "/assets/app.three.js"), "script three");
  EXPECT_EQ(seen->find("/")->variants.size(), 2U) << "the compressed form belongs to the page";
}

TEST_F(ReleaseTest, AnUnchangedFolderIsNoNews) {
  EXPECT_EQ(shelf.look(), nullptr);
  publish("one");
  EXPECT_NE(shelf.look(), nullptr);
  EXPECT_EQ(shelf.look(), nullptr);
  EXPECT_EQ(count("release_served"), 1U);
}

TEST_F(ReleaseTest, ReadsTheAssetsOfAReleaseBeforeItIsSwitchedTo) {
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

TEST_F(ReleaseTest, RollsBackToTheOneBefore) {
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

TEST_F(ReleaseTest, ARollbackToADamagedOneIsRefused) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  write(file(one, "favicon.svg"), "<svg>");
  EXPECT_EQ(error_reason(open()->roll_back().status()), "SITE_INVALID");
  EXPECT_EQ(current(), two);
}

TEST_F(ReleaseTest, OldReleasesAreRemoved) {
  std::vector<std::string> ids;
  for (const char* version : {"one", "two", "three", "four", "five"}) ids.push_back(publish(version, 2));
  EXPECT_FALSE(fs::exists(releases / ids[1]));
  EXPECT_TRUE(fs::exists(releases / ids[2]));
  EXPECT_EQ(open()->list()->size(), 3U);
  EXPECT_TRUE(open()->roll_back().ok());
  EXPECT_TRUE(open()->roll_back().ok());
  EXPECT_EQ(current(), ids[2]);
}

// Each kind of damage, in a release that is current: the one before is served on, and it is told once.
TEST_F(ReleaseTest, ADamagedReleaseIsRefusedAndTheOldOneServedOn) {
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

TEST_F(ReleaseTest, AHalfWrittenReleaseIsTakenWhenItIsWhole) {
  publish("one");
  look();
  const std::string two = publish("two");
  const fs::path aside = root / "aside";
  fs::rename(file(two, "favicon.svg"), aside);
  EXPECT_EQ(look()->page_version(), "one");
  fs::rename(aside, file(two, "favicon.svg"));
  EXPECT_EQ(look()->page_version(), "two");
}

TEST_F(ReleaseTest, ABrokenLinkChangesNothing) {
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

TEST_F(ReleaseTest, AtTheStartTheNewestThatIsWholeIsServed) {
  publish("one");
  publish("two");
  const std::string three = publish("three");
  fs::remove(file(three, "index.html"));
  EXPECT_EQ(look()->page_version(), "two");
  EXPECT_EQ(count("release_refused"), 1U);
  EXPECT_EQ(count("release_fallback"), 1U);
}

TEST_F(ReleaseTest, AtTheStartABrokenLinkLeavesTheHistory) {
  publish("one");
  publish("two");
  switch_to("nowhere");
  EXPECT_EQ(look()->page_version(), "two");
  EXPECT_EQ(count("release_refused"), 1U);
}

TEST_F(ReleaseTest, PublishingMendsADamagedRelease) {
  const std::string one = publish("one");
  write(file(one, "favicon.svg"), "<SVG/>");
  EXPECT_EQ(publish("one"), one);
  EXPECT_TRUE(read_release(releases, one).ok());
}

TEST_F(ReleaseTest, WhatAPublisherLeftBehindIsCleared) {
  publish("one");
  write(releases / ".work-abc/site/index.html", "half");
  write(releases / ".work-history", "half");
  fs::create_symlink("abc", releases / ".work-current");
  EXPECT_EQ(look()->page_version(), "one");
  publish("two");
  EXPECT_FALSE(fs::exists(releases / ".work-abc"));
  EXPECT_EQ(look()->page_version(), "two");
}

TEST_F(ReleaseTest, WhatIsNoSiteIsNotPublished) {
  const std::string one = publish("one");
  fs::remove(site / "index.html");
  EXPECT_EQ(error_reason(open()->publish(site).status()), "SITE_INVALID");
  EXPECT_EQ(error_reason(open()->publish(root / "nowhere").status()), "SITE_INVALID");
  EXPECT_EQ(current(), one);
}

TEST(SiteVersion, IsWhatThePageSays) {
  const auto version = [](const std::string& index) {
    return Site::make({{"/index.html", {"text/html", index}}})->page_version();
  };
  EXPECT_EQ(version(ReleaseFolders::page("0123abcd")), "0123abcd");
  EXPECT_EQ(version("<meta name=\"version\" content=\"\">"), "");
  EXPECT_EQ(version("<meta name=\"version\" content=\"a b\">"), "");
  EXPECT_EQ(version("<meta name=\"version\" content=\"abc"), "abc");
  EXPECT_EQ(version("<html>"), "");
}

}  // namespace
}  // namespace parley::gateway
