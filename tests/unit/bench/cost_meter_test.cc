#include "tests/bench/cost_meter.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

namespace parley::bench {
namespace {

// Uses so much processor time of the calling process.
void work(double seconds) {
  const std::clock_t end = std::clock() + static_cast<std::clock_t>(seconds * CLOCKS_PER_SEC);
  while (std::clock() < end) {
  }
}

TEST(CostMeter, CountsWorkSinceTheBeginning) {
  work(0.2);
  absl::StatusOr<CostMeter> meter = CostMeter::watch({{.name = "me", .pid = getpid()}});
  ASSERT_TRUE(meter.ok());
  ASSERT_TRUE(meter->begin().ok());
  work(0.2);
  const absl::StatusOr<Costs> costs = meter->end();
  ASSERT_TRUE(costs.ok());
  ASSERT_EQ(costs->processes.size(), 1U);
  EXPECT_EQ(costs->processes[0].name, "me");
  EXPECT_NEAR(costs->processes[0].cpu_s, 0.2, 0.05);
  EXPECT_NEAR(costs->generator_cpu_s, 0.2, 0.05);
  EXPECT_GT(costs->processes[0].resident_bytes, 0U);
}

TEST(CostMeter, CountsChildrenThatHaveEnded) {
  absl::StatusOr<CostMeter> meter = CostMeter::watch({{.name = "me", .pid = getpid()}});
  ASSERT_TRUE(meter.ok());
  ASSERT_TRUE(meter->begin().ok());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work(0.2);
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const absl::StatusOr<Costs> costs = meter->end();
  ASSERT_TRUE(costs.ok());
  EXPECT_NEAR(costs->processes[0].cpu_s, 0.2, 0.05);
}

TEST(CostMeter, CountsChildrenThatLive) {
  absl::StatusOr<CostMeter> meter = CostMeter::watch({{.name = "me", .pid = getpid()}});
  ASSERT_TRUE(meter.ok());
  ASSERT_TRUE(meter->begin().ok());
  int done[2];
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work(0.2);
    if (write(done[1], "x", 1) == 1) pause();
    _exit(1);
  }
  char byte = 0;
  ASSERT_EQ(read(done[0], &byte, 1), 1);
  const absl::StatusOr<Costs> costs = meter->end();
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(done[0]);
  close(done[1]);
  ASSERT_TRUE(costs.ok());
  EXPECT_NEAR(costs->processes[0].cpu_s, 0.2, 0.05);
}

TEST(CostMeter, RefusesAProcessThatIsNotThere) {
  EXPECT_EQ(CostMeter::watch({{.name = "nobody", .pid = 1 << 30}}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace parley::bench
