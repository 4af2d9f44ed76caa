#include "common/logger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include <boost/json/parse.hpp>

namespace parley {
namespace {

class FixedClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'123));
  }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

class LoggerTest : public testing::Test {
 protected:
  FixedClock clock_;
  std::ostringstream sink_;
};

TEST_F(LoggerTest, WritesOneJsonObjectALine) {
  const Logger logger("chat-test", LogLevel::kInfo, clock_, sink_);
  logger.info("something_happened", {{"count", 3}, {"ratio", 0.5}, {"good", true}, {"who", "me"}});
  const auto line = boost::json::parse(sink_.str()).as_object();
  EXPECT_EQ(line.at("time").as_string(), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(line.at("level").as_string(), "info");
  EXPECT_EQ(line.at("component").as_string(), "chat-test");
  EXPECT_EQ(line.at("event").as_string(), "something_happened");
  EXPECT_EQ(line.at("count").as_int64(), 3);
  EXPECT_EQ(line.at("ratio").as_double(), 0.5);
  EXPECT_TRUE(line.at("good").as_bool());
  EXPECT_EQ(line.at("who").as_string(), "me");
}

// Invariant 7: a text in a log is data, whatever it looks like.
TEST_F(LoggerTest, TextsCannotForgeLinesFieldsOrFormats) {
  const Logger logger("chat-test", LogLevel::kInfo, clock_, sink_);
  const std::string text = "{} %s %n \"} \n{\"event\":\"forged\"}\r\x01\x1b[31m";
  logger.info("seen", {{"text", text}});
  const std::string written = sink_.str();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
  const auto line = boost::json::parse(written).as_object();
  EXPECT_EQ(line.at("event").as_string(), "seen");
  EXPECT_EQ(std::string(line.at("text").as_string()), text);
}

TEST_F(LoggerTest, LeavesOutWhatIsBelowItsLevel) {
  const Logger logger("chat-test", LogLevel::kWarning, clock_, sink_);
  logger.debug("a");
  logger.info("b");
  EXPECT_EQ(sink_.str(), "");
  logger.warning("c");
  logger.error("d");
  const std::string written = sink_.str();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 2);
}

}  // namespace
}  // namespace parley
