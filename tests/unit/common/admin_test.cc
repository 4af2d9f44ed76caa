#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>

#include "common/admin/admin_pages.h"
#include "common/admin/admin_server.h"
#include "common/errors.h"

namespace parley {
namespace {

class AdminTest : public testing::Test {
 protected:
  AdminAnswer get(std::string_view path) const { return pages_.answer({.method = "GET", .path = path, .body = {}}); }
  AdminAnswer post(std::string_view body) const {
    return pages_.answer({.method = "POST", .path = "/log-levels", .body = body, .is_from_this_machine = true});
  }

  SystemClock clock_;
  std::ostringstream sink_;
  const Logger logger_{"chat-test", LogLevel::kInfo, clock_, sink_};
  const Logger part_{logger_, "hub"};
  absl::Status live_;
  absl::Status ready_ = make_error(absl::StatusCode::kUnavailable, "BACKEND_UNAVAILABLE", "none");
  const AdminPages pages_{{.metrics = [](Exposition& exposition) { exposition.gauge("answer", "It.", 42); },
                           .liveness = [this] { return live_; },
                           .readiness = [this] { return ready_; }},
                          logger_};
};

TEST_F(AdminTest, LiveAndReadyAreTwoThings) {
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_NE(get("/readyz").body.find("BACKEND_UNAVAILABLE"), std::string::npos);
  ready_ = absl::OkStatus();
  live_ = make_error(absl::StatusCode::kUnavailable, "THREAD_HANGS", "one");
  EXPECT_EQ(get("/livez").status, 503);
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(AdminTest, MetricsComeAsPrometheusWantsThem) {
  const AdminAnswer answer = get("/metrics");
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(answer.body.find("\nanswer 42\n"), std::string::npos);
}

TEST_F(AdminTest, OtherPathsAndMethodsAreRefused) {
  EXPECT_EQ(get("/secret").status, 404);
  const AdminAnswer answer = pages_.answer({.method = "DELETE", .path = "/log-levels", .body = {}});
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.allow, "GET, HEAD, POST");
}

TEST_F(AdminTest, LevelsChangeWhileTheProgramRuns) {
  part_.debug("before");
  const AdminAnswer answer = post(R"({"chat-test.hub":"debug"})");
  ASSERT_EQ(answer.status, 200);
  const auto levels = boost::json::parse(answer.body).as_object();
  EXPECT_EQ(levels.at("chat-test").as_string(), "info");
  EXPECT_EQ(levels.at("chat-test.hub").as_string(), "debug");
  part_.debug("after");
  logger_.debug("not_mine");
  EXPECT_EQ(sink_.str().find("before"), std::string::npos);
  EXPECT_NE(sink_.str().find("\"component\":\"chat-test.hub\",\"event\":\"after\""), std::string::npos) << sink_.str();
  EXPECT_EQ(sink_.str().find("not_mine"), std::string::npos);
}

TEST_F(AdminTest, TheWholesLevelIsThatOfItsParts) {
  ASSERT_EQ(post(R"({"chat-test":"error"})").status, 200);
  EXPECT_FALSE(part_.writes(LogLevel::kWarning));
  ASSERT_EQ(post(R"({"chat-test":"debug"})").status, 200);
  EXPECT_TRUE(part_.writes(LogLevel::kDebug));
}

TEST_F(AdminTest, AWrongWishChangesNothing) {
  for (const std::string_view body : {"", "debug", "[]", R"({"chat-test":"loud"})", R"({"chat-test":1})",
                                      R"({"nobody":"debug"})", R"({"chat-test":"debug","nobody":"debug"})"}) {
    EXPECT_EQ(post(body).status, 400) << body;
  }
  EXPECT_FALSE(logger_.writes(LogLevel::kDebug));
}

TEST_F(AdminTest, NobodyElseChangesLevels) {
  AdminRequest request{.method = "POST", .path = "/log-levels", .body = R"({"chat-test":"debug"})"};
  EXPECT_EQ(pages_.answer(request).status, 403);
  request.is_from_this_machine = true;
  request.is_from_page = true;
  EXPECT_EQ(pages_.answer(request).status, 403);
  EXPECT_FALSE(logger_.writes(LogLevel::kDebug));
}

// Over a socket of its own.
std::string talk(std::uint16_t port, const std::string& request) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::socket socket(context);
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  boost::asio::write(socket, boost::asio::buffer(request));
  std::string answer;
  boost::system::error_code end;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
  EXPECT_EQ(end, boost::asio::error::eof);
  return answer;
}

TEST_F(AdminTest, ServesOverHttp) {
  const auto server = AdminServer::start("127.0.0.1", 0, pages_);
  ASSERT_TRUE(server.ok()) << server.status();
  const std::uint16_t port = (*server)->port();
  EXPECT_TRUE(talk(port, "GET /metrics?x HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  const std::string body = R"({"chat-test.hub":"debug"})";
  const std::string head =
      "POST /log-levels HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  EXPECT_TRUE(talk(port, head + "Origin: http://evil.example\r\n\r\n" + body).starts_with("HTTP/1.1 403 "));
  EXPECT_FALSE(part_.writes(LogLevel::kDebug));
  EXPECT_TRUE(talk(port, head + "\r\n" + body).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(part_.writes(LogLevel::kDebug));
}

TEST_F(AdminTest, APortThatIsTakenIsAnErrorInWords) {
  const auto first = AdminServer::start("127.0.0.1", 0, pages_);
  ASSERT_TRUE(first.ok());
  const auto second = AdminServer::start("127.0.0.1", (*first)->port(), pages_);
  EXPECT_EQ(error_reason(second.status()), "ADMIN_LISTEN_FAILED");
}

}  // namespace
}  // namespace parley
