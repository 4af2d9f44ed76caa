#include "backend/app/writability_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <sstream>
#include <vector>

namespace parley::backend {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::seconds kPatience{20};

// Answers as told; the last answer stays.
class FakeProbe final : public WriteProbe {
 public:
  explicit FakeProbe(std::deque<absl::Status> answers) : answers_(std::move(answers)) {}

  absl::Status probe(milliseconds /*limit*/) override {
    const std::scoped_lock lock(mutex_);
    ++count_;
    probed_.notify_all();
    absl::Status answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return answer;
  }
  bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return probed_.wait_for(lock, kPatience, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable probed_;
  std::deque<absl::Status> answers_;
  int count_ = 0;
};

class WritabilityWatchTest : public testing::Test {
 protected:
  std::vector<bool> changes_of(std::deque<absl::Status> answers, int probes) {
    FakeProbe probe(std::move(answers));
    std::vector<bool> changes;
    WritabilityWatchOptions options;
    options.state.interval = milliseconds(4);
    {
      WritabilityWatch watch(probe, options, clock_, random_, logger_,
                             [&changes](bool is_writable) { changes.push_back(is_writable); });
      EXPECT_TRUE(probe.wait_for(probes));
    }
    return changes;
  }

  SystemClock clock_;
  SystemRandom random_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kInfo, clock_, log_};
  const absl::Status full_ = absl::UnavailableError("53100: no space");
  const absl::Status ok_;
};

TEST_F(WritabilityWatchTest, TellsBothChangesAndLogsThem) {
  EXPECT_EQ(changes_of({ok_, full_, full_, full_, ok_, ok_}, 10), (std::vector<bool>{false, true}));
  EXPECT_THAT(log_.str(), HasSubstr("database_not_writable"));
  EXPECT_THAT(log_.str(), HasSubstr("53100: no space"));
  EXPECT_THAT(log_.str(), HasSubstr("database_writable"));
}

TEST_F(WritabilityWatchTest, OneFailureIsNotTold) {
  EXPECT_EQ(changes_of({ok_, full_, ok_}, 6), std::vector<bool>());
  EXPECT_THAT(log_.str(), Not(HasSubstr("database")));
}

TEST_F(WritabilityWatchTest, TellsNothingAfterTheRequestToStop) {
  FakeProbe probe({full_});
  bool is_told = false;
  WritabilityWatchOptions options;
  options.state.interval = std::chrono::hours(1);
  WritabilityWatch watch(probe, options, clock_, random_, logger_, [&](bool) { is_told = true; });
  ASSERT_TRUE(probe.wait_for(1));
  watch.request_stop();
  EXPECT_FALSE(is_told);
}

}  // namespace
}  // namespace parley::backend
