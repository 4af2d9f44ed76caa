#include "common/secret_file_mode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace parley {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class SecretFileModeTest : public testing::Test {
 protected:
  // What is logged about a TLS key of that mode.
  std::string told(mode_t mode) {
    std::ofstream(file_) << "secret";
    EXPECT_EQ(chmod(file_.c_str(), mode), 0);
    return told_of(file_);
  }
  static std::string told_of(const std::string& file) {
    const std::vector<std::string> arguments = {"--tls_key_file=" + file};
    const absl::StatusOr<Config> config = Config::load(Program::kGateway, arguments, {});
    const SystemClock clock;
    std::ostringstream log;
    const Logger logger("test", LogLevel::kInfo, clock, log);
    warn_of_readable_secrets(*config, {"tls_key_file", "session_key_file"}, logger);
    return log.str();
  }

  const test::TemporaryFolder folder_;
  const std::string file_ = folder_.file("key");
};

TEST_F(SecretFileModeTest, WhatOthersMayReadIsTold) {
  for (const mode_t mode : {0644, 0604, 0606, 0620, 0660}) {
    const std::string line = told(mode);
    EXPECT_THAT(line, HasSubstr("secret_is_readable")) << mode;
    EXPECT_THAT(line, HasSubstr("tls_key_file"));
    EXPECT_THAT(line, HasSubstr(file_));
  }
  EXPECT_THAT(told(0644), HasSubstr("0644"));
}

TEST_F(SecretFileModeTest, WhatOnlyTheOwnerAndPerhapsAGroupMayReadIsNot) {
  for (const mode_t mode : {0600, 0400, 0640, 0440}) EXPECT_THAT(told(mode), IsEmpty()) << mode;
}

TEST_F(SecretFileModeTest, NorIsAFileThatIsNotThere) {
  EXPECT_THAT(told_of("/nowhere/at/all"), IsEmpty());
  EXPECT_THAT(told_of(""), IsEmpty());
}

}  // namespace
}  // namespace parley
