// What a release says of its files.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/errors.h"
#include "gateway/site/digest.h"
#include "gateway/site/release_folder.h"

namespace parley::gateway {
namespace {

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

}  // namespace
}  // namespace parley::gateway
