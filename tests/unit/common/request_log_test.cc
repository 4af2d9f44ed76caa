#include "common/request_log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>

#include "common/errors.h"

namespace parley {
namespace {

using std::chrono::milliseconds;

class StillClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override { return {}; }
  std::chrono::steady_clock::time_point steady_now() const override { return now; }

  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

class RequestLogTest : public testing::Test {
 protected:
  explicit RequestLogTest() = default;
  std::vector<boost::json::object> lines() {
    std::vector<boost::json::object> lines;
    std::istringstream text(sink_.str());
    for (std::string line; std::getline(text, line);) lines.push_back(boost::json::parse(line).as_object());
    return lines;
  }

  StillClock clock_;
  std::ostringstream sink_;
  const Logger logger_{"test", LogLevel::kInfo, clock_, sink_};
  const RequestLog log_{logger_, clock_, milliseconds(100)};
  const TraceContext trace_ = *parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const absl::Status ok_;
  const absl::Status gone_ = make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", "secret");
  const absl::Status refused_ = make_error(absl::StatusCode::kInvalidArgument, "BODY_EMPTY", "no");
};

TEST_F(RequestLogTest, OrdinaryRequestsAreForDebugging) {
  log_.ended("request_ended", "Send", trace_, milliseconds(5), ok_);
  log_.ended("request_ended", "Send", trace_, milliseconds(5), refused_);
  EXPECT_TRUE(lines().empty());
  logger_.set_level("test", LogLevel::kDebug);
  log_.ended("request_ended", "Send", trace_, milliseconds(5), ok_, {{"request_id", "r1"}});
  ASSERT_EQ(lines().size(), 1U);
  const auto line = lines()[0];
  EXPECT_EQ(line.at("level").as_string(), "debug");
  EXPECT_EQ(line.at("operation").as_string(), "Send");
  EXPECT_EQ(line.at("trace_id").as_string(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(line.at("span_id").as_string(), "b7ad6b7169203331");
  EXPECT_EQ(line.at("duration_ms").as_double(), 5);
  EXPECT_EQ(line.at("request_id").as_string(), "r1");
  EXPECT_FALSE(line.contains("reason"));
}

TEST_F(RequestLogTest, SlowAndFailedOnesAreWarnings) {
  log_.ended("request_ended", "Send", {}, milliseconds(100), ok_);
  log_.ended("request_ended", "Send", {}, milliseconds(1), gone_);
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines()[0].at("level").as_string(), "warning");
  EXPECT_FALSE(lines()[0].contains("trace_id"));
  EXPECT_EQ(lines()[1].at("reason").as_string(), "DATABASE_UNAVAILABLE");
  EXPECT_EQ(sink_.str().find("secret"), std::string::npos);
}

TEST_F(RequestLogTest, AFloodOfFailuresIsCountedAndNotWritten) {
  for (int count = 0; count < 1'000; ++count) log_.ended("request_ended", "Send", {}, milliseconds(1), gone_);
  EXPECT_EQ(lines().size(), 10U);
  clock_.now += std::chrono::seconds(1);
  log_.ended("request_ended", "Send", {}, milliseconds(1), gone_);
  ASSERT_EQ(lines().size(), 11U);
  EXPECT_EQ(lines().back().at("warnings_suppressed").as_int64(), 990);
}

}  // namespace
}  // namespace parley
