// Releases: making them, telling a whole one from a damaged one, choosing what is served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
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
using testing::ElementsAre;
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
  // As if each had been made a minute after the one before.
  void make_older(const std::vector<std::string>& ids) const {
    fs::file_time_type made = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (const std::string& id : ids) fs::last_write_time(releases / id, made += std::chrono::minutes(1));
  }
  static void expect_readable(const fs::path& path) {
    const fs::file_status status = fs::status(path);
    const int wanted = fs::is_directory(status) ? 0755 : 0644;
    EXPECT_EQ(static_cast<int>(status.permissions()), wanted) << path;
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
  EXPECT_EQ(bytes_of(*seen, "/assets/app.one.js"), "") << "three are kept beside the current one";
  EXPECT_EQ(bytes_of(*seen, "/assets/app.two.js"), "script two");
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

TEST_F(ReleaseTest, WhoLoadedThePageJustBeforeASwitchFindsItsAssetsThough1IsKept) {
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

TEST_F(ReleaseTest, ARollbackPassesADamagedOne) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  publish("three");
  write(file(two, "favicon.svg"), "<svg>");
  EXPECT_EQ(*open()->roll_back(), one);
  EXPECT_THAT(notes, ElementsAre(HasSubstr(two)));
}

TEST_F(ReleaseTest, ARollbackLasts) {
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

TEST_F(ReleaseTest, ARollbackNeverLeadsToOneThatIsWithdrawn) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  const std::string three = publish("three");
  ASSERT_EQ(*open()->roll_back(), two);
  publish("four");
  EXPECT_EQ(*open()->roll_back(), two);
  EXPECT_EQ(*open()->roll_back(), one) << "not " << three;
  EXPECT_FALSE(open()->roll_back().ok());
}

TEST_F(ReleaseTest, AWithdrawnReleaseIsPublishedWhenTheCurrentOneIsNotWhole) {
  const std::string one = publish("one");
  const std::string two = publish("two");
  ASSERT_TRUE(open()->roll_back().ok());
  fs::remove(file(one, "favicon.svg"));
  build("two");
  EXPECT_EQ(*open()->publish(site, WhenWithdrawn::kKeepCurrent), two);
  EXPECT_EQ(current(), two);
}

TEST_F(ReleaseTest, TheMarkOfAWithdrawnReleaseGoesWithIt) {
  publish("one");
  const std::string two = publish("two", 1);
  ASSERT_TRUE(open()->roll_back().ok());
  for (const char* version : {"three", "four", "five"}) publish(version, 1);
  EXPECT_FALSE(fs::exists(releases / two));
  EXPECT_FALSE(fs::exists(releases / (two + ".withdrawn")));
}

// What is done to `history`, and what stands for it then: the releases that are whole, in the order of their making.
TEST_F(ReleaseTest, ADamagedHistoryIsMadeAnew) {
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

TEST_F(ReleaseTest, ARollbackFromABrokenLinkLeadsToTheNewestThatIsWhole) {
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

TEST_F(ReleaseTest, EverybodyMayReadWhatIsPublishedWhateverTheUmask) {
  fs::remove_all(releases);
  const mode_t before = umask(077);
  build("one");
  const std::string one = *open()->publish(site);
  umask(before);
  expect_readable(releases);
  expect_readable(releases / "history");
  for (const auto& entry : fs::recursive_directory_iterator(releases / one)) expect_readable(entry.path());
  expect_readable(releases / one);
}

TEST_F(ReleaseTest, PublishingAgainMendsModes) {
  const std::string one = publish("one");
  fs::permissions(file(one, "assets/app.one.js"), fs::perms::owner_read);
  fs::permissions(releases / one / "site" / "assets", fs::perms::owner_all);
  fs::permissions(releases / one, fs::perms::owner_all);
  EXPECT_EQ(publish("one"), one);
  for (const auto& entry : fs::recursive_directory_iterator(releases / one)) expect_readable(entry.path());
  expect_readable(releases / one);
}

TEST_F(ReleaseTest, ASiteThatNamesWhatItHasNotIsNotPublished) {
  struct Case {
    const char* file;
    const char* text;
    bool is_taken;
  };
  const std::vector<Case> cases = {
      {"index.html", R"(<script src="/assets/gone.js">)", false},
      {"assets/app.two.js", R"(fetch("/assets/gone.wasm"))", false},
      {"assets/style.css", "a{background:url(/assets/deep/gone.svg)}", false},
      {"index.html", R"(<link href=/assets/app.two.js>. See /assets/app.two.js.)", true},
      {"assets/app.two.js", R"(import("/assets/" + name), fetch("https://elsewhere.example/assets/theirs.js"))", true},
      {"notes.txt", "/assets/gone.js", true},
  };
  for (const Case& row : cases) {
    fs::remove_all(releases);
    const std::string one = publish("one");
    build("two");
    write(site / row.file, row.text);
    const absl::StatusOr<std::string> published = open()->publish(site);
    EXPECT_EQ(published.ok(), row.is_taken) << row.text << published.status();
    EXPECT_EQ(current() == one, !row.is_taken) << row.text;
    if (!row.is_taken) {
      EXPECT_THAT(published.status().message(), HasSubstr("gone")) << row.text;
    }
  }
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
