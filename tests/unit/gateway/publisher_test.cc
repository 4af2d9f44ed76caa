// Making releases: what is published, what is refused, what is kept and mended.
#include "gateway/publish/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/errors.h"
#include "tests/unit/gateway/support/release_shelf_fixture.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using PublisherTest = test::ReleaseTest;

void expect_readable(const fs::path& path) {
  const fs::file_status status = fs::status(path);
  const int wanted = fs::is_directory(status) ? 0755 : 0644;
  EXPECT_EQ(static_cast<int>(status.permissions()), wanted) << path;
}

TEST_F(PublisherTest, IsNamedByItsContent) {
  const std::string first = publish("one");
  EXPECT_TRUE(is_release_id(first));
  EXPECT_EQ(publish("two") == first, false);
  EXPECT_EQ(publish("one"), first);
  EXPECT_EQ(current(), first);
  EXPECT_TRUE(read_release(releases, first).ok());
}

TEST_F(PublisherTest, WhatIsNoSiteIsNotPublished) {
  const std::string one = publish("one");
  fs::remove(site / "index.html");
  EXPECT_EQ(error_reason(open()->publish(site).status()), "SITE_INVALID");
  EXPECT_EQ(error_reason(open()->publish(root / "nowhere").status()), "SITE_INVALID");
  EXPECT_EQ(current(), one);
}

TEST_F(PublisherTest, ASiteThatNamesWhatItHasNotIsNotPublished) {
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

TEST_F(PublisherTest, EverybodyMayReadWhatIsPublishedWhateverTheUmask) {
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

TEST_F(PublisherTest, PublishingAgainMendsModes) {
  const std::string one = publish("one");
  fs::permissions(file(one, "assets/app.one.js"), fs::perms::owner_read);
  fs::permissions(releases / one / "site" / "assets", fs::perms::owner_all);
  fs::permissions(releases / one, fs::perms::owner_all);
  EXPECT_EQ(publish("one"), one);
  for (const auto& entry : fs::recursive_directory_iterator(releases / one)) expect_readable(entry.path());
  expect_readable(releases / one);
}

TEST_F(PublisherTest, PublishingMendsADamagedRelease) {
  const std::string one = publish("one");
  write(file(one, "favicon.svg"), "<SVG/>");
  EXPECT_EQ(publish("one"), one);
  EXPECT_TRUE(read_release(releases, one).ok());
}

TEST_F(PublisherTest, OldReleasesAreRemoved) {
  std::vector<std::string> ids;
  for (const char* version : {"one", "two", "three", "four", "five"}) ids.push_back(publish(version, 2));
  EXPECT_FALSE(fs::exists(releases / ids[1]));
  EXPECT_TRUE(fs::exists(releases / ids[2]));
  EXPECT_EQ(open()->list()->size(), 3U);
  EXPECT_TRUE(open()->roll_back().ok());
  EXPECT_TRUE(open()->roll_back().ok());
  EXPECT_EQ(current(), ids[2]);
}

TEST_F(PublisherTest, WhatAPublisherLeftBehindIsCleared) {
  publish("one");
  write(releases / ".work-abc/site/index.html", "half");
  write(releases / ".work-history", "half");
  fs::create_symlink("abc", releases / ".work-current");
  EXPECT_EQ(look()->page_version(), "one");
  publish("two");
  EXPECT_FALSE(fs::exists(releases / ".work-abc"));
  EXPECT_EQ(look()->page_version(), "two");
}

}  // namespace
}  // namespace parley::gateway
