#include "tests/support/command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace parley::faults {
namespace {

class CommandTest : public testing::Test {
 protected:
  std::filesystem::path log() const { return folder.path() / "errors.log"; }

  const test::TemporaryFolder folder;
};

TEST_F(CommandTest, BringsOutputAndExitStatus) {
  const auto result = run_command({"bash", "-c", "echo one; echo \"$1\"; echo two >&2; exit 5", "bash", "a b"}, log());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "one\na b");
  EXPECT_EQ(result->exit_status, 5);
  std::ifstream file(log());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "two\n");
}

TEST_F(CommandTest, HasTheGivenInputOrNone) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "given", 5), 5);
  close(ends[1]);
  EXPECT_EQ(run_command({"cat"}, log(), ends[0]).value().output, "given");
  close(ends[0]);
  EXPECT_EQ(run_command({"cat"}, log()).value().output, "");
}

TEST_F(CommandTest, TellsWhatCannotBeRunAndWhatASignalEnded) {
  EXPECT_EQ(run_command({"/no/such/command"}, log()).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(run_command({"bash", "-c", "kill -9 $$"}, log()).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace parley::faults
