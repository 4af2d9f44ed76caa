#include "common/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kOne(32, 'a');
const std::string kOther = std::string(40, 'b');

absl::StatusOr<std::vector<std::string>> read(const std::string& content) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("secrets");
  std::ofstream(path) << content;
  return read_secret_file(path);
}

TEST(SecretFileTest, ALineIsASecret) {
  EXPECT_THAT(*read("# made in May\n\n  " + kOne + "  \r\n" + kOther), ElementsAre(kOne, kOther));
}

TEST(SecretFileTest, WhatIsWrongIsSaidWithoutTheSecret) {
  EXPECT_THAT(std::string(read("").status().message()), HasSubstr("is empty"));
  EXPECT_THAT(std::string(read("\n#" + kOne).status().message()), HasSubstr("is empty"));
  const std::string hunter = "hunter2";
  EXPECT_THAT(std::string(read(hunter).status().message()), Not(HasSubstr(hunter)));
  EXPECT_FALSE(read(kOne + " " + kOther).ok());
  EXPECT_FALSE(read(std::string(257, 'a')).ok());
  EXPECT_FALSE(read(kOne + "\n" + kOne + "\n" + kOne + "\n" + kOne + "\n" + kOne).ok());
  EXPECT_THAT(std::string(read_secret_file("/nowhere/at/all").status().message()), HasSubstr("cannot be read"));
}

TEST(SecretFileTest, AMadeOneIsForItsOwnerAndStays) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("secret");
  SystemRandom random;
  ASSERT_TRUE(make_secret_file(path, random).ok());
  const std::vector<std::string> first = *read_secret_file(path);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].size(), 64U);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
  ASSERT_TRUE(make_secret_file(path, random).ok());
  EXPECT_EQ(*read_secret_file(path), first);
  const std::string other = folder.file("other");
  ASSERT_TRUE(make_secret_file(other, random).ok());
  EXPECT_NE(*read_secret_file(other), first);
  const auto files = std::distance(std::filesystem::directory_iterator(folder.path()), {});
  EXPECT_EQ(files, 2) << "nothing is left beside them";
}

TEST(SecretFileTest, WhatIsThereAndIsNoSecretIsSaid) {
  const test::TemporaryFolder folder;
  SystemRandom random;
  std::ofstream(folder.file("empty")) << "";
  EXPECT_THAT(std::string(make_secret_file(folder.file("empty"), random).message()), HasSubstr("is empty"));
  EXPECT_THAT(std::string(make_secret_file("/nowhere/at/all", random).message()), HasSubstr("cannot be made"));
}

}  // namespace
}  // namespace parley
