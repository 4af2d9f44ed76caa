#include "tests/support/child_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/unit/support/peer.h"

namespace parley::faults {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{5'000};
constexpr milliseconds kShort{100};

class ChildProcessTest : public testing::Test {
 protected:
  ServerProgram program(std::vector<std::string> arguments = {}) const {
    return {.name = "small",
            .program = SMALL_SERVER,
            .arguments = std::move(arguments),
            .environment = {"SMALL_SERVER_WORD=hello"},
            .port_option = "--port=",
            .folder = folder.path()};
  }
  static std::string log_of(const ServerProcess& process) {
    std::ifstream log(process.log_file());
    return {std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>()};
  }

  const test::TemporaryFolder folder;
};

TEST_F(ChildProcessTest, ServesOnTheSamePortAfterEveryEnd) {
  ServerProcess process(program());
  const std::uint16_t port = process.port();
  EXPECT_FALSE(Peer::connect(port).is_open());
  for (const int signal : {SIGTERM, SIGKILL}) {
    ASSERT_TRUE(process.launch().ok());
    ASSERT_TRUE(process.wait_until_ready(kPatience).ok());
    EXPECT_EQ(process.port(), port);
    EXPECT_TRUE(Peer::connect(port).is_open());
    const auto status = process.end(signal, kPatience);
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_TRUE(WIFSIGNALED(*status));
    EXPECT_EQ(WTERMSIG(*status), signal);
    EXPECT_FALSE(process.is_running());
    EXPECT_FALSE(Peer::connect(port).is_open());
  }
}

TEST_F(ChildProcessTest, IsReadyWhenItAccepts) {
  ServerProgram accepting = program();
  accepting.readiness = Readiness::kAccepts;
  ServerProcess process(std::move(accepting));
  ASSERT_TRUE(process.launch().ok());
  ASSERT_TRUE(process.wait_until_ready(kPatience).ok());
  EXPECT_TRUE(Peer::connect(process.port()).is_open());
}

TEST_F(ChildProcessTest, KeepsTheLogOfAllItsLivesAndItsEnvironment) {
  ServerProcess process(program());
  for (int life = 0; life < 2; ++life) {
    ASSERT_TRUE(process.launch().ok());
    ASSERT_TRUE(process.wait_until_ready(kPatience).ok());
    ASSERT_TRUE(process.end(SIGKILL, kPatience).ok());
  }
  EXPECT_EQ(log_of(process), "the word is hello\nthe word is hello\n");
}

TEST_F(ChildProcessTest, TellsWhyItDidNotStart) {
  ServerProcess process(program({"--exit=7"}));
  ASSERT_TRUE(process.launch().ok());
  const absl::Status status = process.wait_until_ready(kPatience);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("this is why"), std::string::npos) << status;
  const auto exit_status = process.end(SIGTERM, kShort);
  ASSERT_TRUE(exit_status.ok());
  EXPECT_EQ(WEXITSTATUS(*exit_status), 7);
}

TEST_F(ChildProcessTest, TellsThatThereIsNoProgram) {
  ServerProcess process(program());
  process.set_program("/no/such/program");
  ASSERT_TRUE(process.launch().ok());
  EXPECT_EQ(process.wait_until_ready(kPatience).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ChildProcessTest, DoesNotWaitForEver) {
  ServerProcess unready(program({"--unready"}));
  ASSERT_TRUE(unready.launch().ok());
  EXPECT_EQ(unready.wait_until_ready(kShort).code(), absl::StatusCode::kDeadlineExceeded);
  ASSERT_TRUE(unready.end(SIGKILL, kPatience).ok());
  ServerProcess deaf(program({"--deaf"}));
  ASSERT_TRUE(deaf.launch().ok());
  ASSERT_TRUE(deaf.wait_until_ready(kPatience).ok());
  EXPECT_EQ(deaf.end(SIGTERM, kShort).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(deaf.is_running());
}

TEST_F(ChildProcessTest, IsOneProcessAtATime) {
  ServerProcess process(program());
  EXPECT_EQ(process.signal(SIGTERM).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(process.resident_bytes(), 0U);
  ASSERT_TRUE(process.launch().ok());
  EXPECT_EQ(process.launch().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(process.wait_until_ready(kPatience).ok());
  EXPECT_GT(process.resident_bytes(), 100'000U);
}

TEST_F(ChildProcessTest, AStoppedProcessRunsAndCanBeKilled) {
  ServerProcess process(program());
  ASSERT_TRUE(process.launch().ok());
  ASSERT_TRUE(process.wait_until_ready(kPatience).ok());
  ASSERT_TRUE(process.signal(SIGSTOP).ok());
  EXPECT_TRUE(process.is_running());
  EXPECT_TRUE(process.end(SIGKILL, kPatience).ok());
}

TEST_F(ChildProcessTest, HoldsNothingOfItsOwnerOpen) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ServerProcess process(program());
  ASSERT_TRUE(process.launch().ok());
  ASSERT_TRUE(process.wait_until_ready(kPatience).ok());
  close(ends[1]);
  pollfd end{.fd = ends[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&end, 1, static_cast<int>(kPatience.count())), 1);
  close(ends[0]);
}

TEST_F(ChildProcessTest, EndsWithItsOwner) {
  std::uint16_t port = 0;
  {
    ServerProcess process(program({"--deaf"}));
    ASSERT_TRUE(process.launch().ok());
    ASSERT_TRUE(process.wait_until_ready(kPatience).ok());
    port = process.port();
  }
  EXPECT_FALSE(Peer::connect(port).is_open());
}

// The owner is a process of its own, killed with all that it holds.
TEST_F(ChildProcessTest, EndsWithTheProcessThatStartedIt) {
  int report[2];
  ASSERT_EQ(pipe(report), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    ServerProcess process(program());
    std::uint16_t port = process.port();
    if (!process.launch().ok() || !process.wait_until_ready(kPatience).ok()) _exit(1);
    [[maybe_unused]] const ssize_t written = write(report[1], &port, sizeof(port));
    while (true) pause();
  }
  std::uint16_t port = 0;
  close(report[1]);
  ASSERT_EQ(read(report[0], &port, sizeof(port)), static_cast<ssize_t>(sizeof(port)));
  close(report[0]);
  EXPECT_TRUE(Peer::connect(port).is_open());
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  const auto end = Clock::now() + kPatience;
  while (Peer::connect(port).is_open() && Clock::now() < end) std::this_thread::yield();
  EXPECT_FALSE(Peer::connect(port).is_open());
}

}  // namespace
}  // namespace parley::faults
