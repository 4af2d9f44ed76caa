#include "gateway/identity/session_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/base64url.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/gateway/support/fake_clock.h"

namespace parley::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SessionKeysTest : public testing::Test {
 protected:
  std::unique_ptr<SessionKeys> open() {
    auto keys = SessionKeys::open(path_, random_, clock_, logger_);
    EXPECT_TRUE(keys.ok()) << keys.status();
    return keys.ok() ? *std::move(keys) : nullptr;
  }

  const test::TemporaryFolder folder_;
  const std::string path_ = folder_.file("keys");
  test::FakeClock clock_;
  SystemRandom random_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
};

TEST_F(SessionKeysTest, TheFirstStartMakesAKeyThatLaterOnesFind) {
  const auto first = open()->ordered();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].size(), 32U);
  EXPECT_EQ(open()->ordered(), first);
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << "nothing is left beside it";
}

TEST_F(SessionKeysTest, ManyThatStartAtOnceAgree) {
  std::vector<std::vector<std::string>> found(8);
  {
    std::vector<std::jthread> threads;
    threads.reserve(found.size());
    for (auto& one : found) {
      threads.emplace_back([this, &one] { one = open()->ordered(); });
    }
  }
  for (const auto& one : found) EXPECT_EQ(one, found.front());
}

TEST_F(SessionKeysTest, WithoutAFileAKeyLivesAsLongAsTheGateway) {
  const auto one = SessionKeys::open("", random_, clock_, logger_);
  const auto other = SessionKeys::open("", random_, clock_, logger_);
  EXPECT_NE((*one)->ordered(), (*other)->ordered());
}

TEST_F(SessionKeysTest, ANewKeySignsWhenAllHaveHadTimeToReadIt) {
  const auto keys = open();
  const std::string first = keys->ordered()[0];
  clock_.advance(std::chrono::hours(24));
  ASSERT_TRUE(rotate_session_keys(path_, random_, clock_.seconds()).ok());
  keys->reload_if_changed();
  ASSERT_EQ(keys->ordered().size(), 2U);
  EXPECT_EQ(keys->ordered()[0], first);
  const std::string second = keys->ordered()[1];
  clock_.advance(std::chrono::seconds(kSessionKeyDelayS));
  EXPECT_THAT(keys->ordered(), ElementsAre(second, first));
}

TEST_F(SessionKeysTest, OldKeysGoInTheEnd) {
  const std::string first = open()->ordered()[0];
  for (int turn = 0; turn < 3; ++turn) {
    clock_.advance(std::chrono::hours(24));
    ASSERT_TRUE(rotate_session_keys(path_, random_, clock_.seconds()).ok());
  }
  EXPECT_EQ(open()->ordered().size(), 3U);
  EXPECT_THAT(open()->ordered(), Not(testing::Contains(first)));
}

// Whoever rotates them, perhaps root, the gateway must be able to read them after that.
TEST_F(SessionKeysTest, ARotationKeepsTheOwnerTheModeAndTheLink) {
  ASSERT_TRUE(open()->ordered().size() == 1);
  const std::string file = path_ + ".real";
  std::filesystem::rename(path_, file);
  std::filesystem::create_symlink(file, path_);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  // Only root can give a file away.
  const bool is_given = ::geteuid() == 0;
  const uid_t owner = is_given ? 12'345 : ::geteuid();
  const gid_t group = is_given ? 12'346 : ::getegid();
  ASSERT_EQ(::chown(file.c_str(), owner, group), 0);
  ASSERT_TRUE(rotate_session_keys(path_, random_, clock_.seconds()).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, owner);
  EXPECT_EQ(status.st_gid, group);
  EXPECT_EQ(status.st_mode & 07777, mode_t{0640});
  EXPECT_EQ(open()->ordered().size(), 2U);
}

TEST_F(SessionKeysTest, ADamagedFileChangesNothingAndIsTold) {
  const auto keys = open();
  const auto before = keys->ordered();
  keys->reload_if_changed();
  std::ofstream(path_) << "half a li";
  keys->reload_if_changed();
  EXPECT_EQ(keys->ordered(), before);
  EXPECT_THAT(log_.str(), HasSubstr("session_keys_not_reloaded"));
  EXPECT_THAT(log_.str(), Not(HasSubstr("half a li")));
  EXPECT_FALSE(SessionKeys::open(path_, random_, clock_, logger_).ok());
}

TEST_F(SessionKeysTest, APlaceThatCannotBeWrittenIsAnError) {
  EXPECT_THAT(std::string(SessionKeys::open("/nowhere/keys", random_, clock_, logger_).status().message()),
              HasSubstr("/nowhere/keys"));
}

TEST(SessionKeyFileTest, ReadsWhatItWrites) {
  const std::vector<SessionKey> keys{{.make_time = 7, .secret = std::string(32, 'a')},
                                     {.make_time = 5, .secret = std::string(32, '\xff')}};
  EXPECT_EQ(*parse_session_keys(format_session_keys(keys)), keys);
}

TEST(SessionKeyFileTest, RefusesAnythingElse) {
  const std::string secret = encode_base64url(std::string(32, 'a'));
  ASSERT_TRUE(parse_session_keys("5 " + secret).ok());
  std::string nine;
  for (int count = 0; count < 9; ++count) nine += "5 " + secret + "\n";
  for (const std::string& text : {std::string(), std::string("# nothing\n"), secret, "x " + secret, "-5 " + secret,
                                  "5 " + secret + "A", "5  " + secret, std::string("5 short"), nine}) {
    EXPECT_FALSE(parse_session_keys(text).ok()) << text;
  }
}

}  // namespace
}  // namespace parley::gateway
