// HTTP over real sockets: limits, timeouts, keep-alive.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

namespace fs = std::filesystem;

class HttpTest : public GatewayTest {
 protected:
  HttpTest() {
    folder = fs::path(testing::TempDir()) / absl::StrCat("http-site-", ::getpid());
    fs::remove_all(folder);
    fs::create_directories(folder);
    std::ofstream(folder / "index.html") << "<!doctype html>page";
    options = {"--site_dir=" + folder.string()};
  }
  ~HttpTest() override { fs::remove_all(folder); }

  fs::path folder;
};

TEST_F(HttpTest, ServesOverOneConnectionAlsoPipelined) {
  start();
  WsClient socket = client();
  EXPECT_EQ(socket.get("/").body, "<!doctype html>page");
  EXPECT_EQ(socket.get("/r/den").status, 200);
  EXPECT_NE(socket.get("/").header("date"), "");
  socket.send_raw("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(socket.read_answer().status, 404);
  EXPECT_EQ(socket.read_answer().body, "alive\n");
}

TEST_F(HttpTest, AnswersHeadWithTheLengthOnly) {
  start();
  WsClient socket = client();
  socket.send_raw("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  const HttpAnswer head = socket.read_answer(WsClient::Body::kNone);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "19");
  EXPECT_EQ(socket.read_answer().body, "alive\n");
}

TEST_F(HttpTest, AnswersNotModifiedWithoutABody) {
  start();
  WsClient socket = client();
  const std::string etag = socket.get("/").header("etag");
  EXPECT_EQ(socket.get("/", absl::StrCat("If-None-Match: ", etag, "\r\n")).status, 304);
  EXPECT_EQ(socket.get("/healthz").body, "alive\n");
}

TEST_F(HttpTest, ClosesWhenAsked) {
  start();
  WsClient closing = client();
  EXPECT_EQ(closing.get("/", "Connection: close\r\n").header("connection"), "close");
  EXPECT_TRUE(closing.reads_end());
  WsClient old = client();
  old.send_raw("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_answer().status, 200);
  EXPECT_TRUE(old.reads_end());
}

TEST_F(HttpTest, RefusesOtherMethodsAndBodies) {
  start();
  WsClient post = client();
  post.send_raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  const HttpAnswer answer = post.read_answer();
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD");
  EXPECT_TRUE(post.reads_end());
  for (const char* header : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    WsClient body = client();
    EXPECT_EQ(body.get("/", header).status, 400) << header;
    EXPECT_TRUE(body.reads_end());
  }
}

TEST_F(HttpTest, RefusesWhatIsTooLargeOrNoHttp) {
  options.emplace_back("--header_bytes_max=8192");
  start();
  EXPECT_EQ(client().get("/", absl::StrCat("X-Long: ", std::string(9'000, 'x'), "\r\n")).status, 431);
  EXPECT_EQ(client().get("/" + std::string(5'000, 'x')).status, 414);
  EXPECT_EQ(client().get("/" + std::string(9'000, 'x')).status, 414);
  for (const char* request :
       {"hello\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n"}) {
    WsClient socket = client();
    socket.send_raw(request);
    EXPECT_EQ(socket.read_answer().status, 400) << request;
    EXPECT_TRUE(socket.reads_end());
  }
}

TEST_F(HttpTest, WaitsALimitedTimeForARequest) {
  options.insert(options.end(), {"--handshake_timeout_ms=200", "--keep_alive_timeout_ms=200"});
  start();
  WsClient silent = client();
  WsClient slow = client();
  slow.send_raw("GET / HT");
  WsClient idle = client();
  EXPECT_EQ(idle.get("/").status, 200);
  EXPECT_TRUE(silent.reads_end());
  EXPECT_TRUE(slow.reads_end());
  EXPECT_TRUE(idle.reads_end());
}

TEST_F(HttpTest, HoldsALimitedNumberOfConnections) {
  options.emplace_back("--http_connections_max=2");
  start();
  WsClient first = client();
  WsClient second = client();
  EXPECT_EQ(first.get("/healthz").status, 200);
  EXPECT_EQ(second.get("/healthz").status, 200);
  EXPECT_TRUE(client().reads_end());
  first.close();
  EXPECT_TRUE(eventually([this] { return client().get("/healthz").status == 200; }));
}

TEST_F(HttpTest, HoldsALimitedNumberOfConnectionsOfOneAddress) {
  options.emplace_back("--connections_per_address_max=2");
  start();
  WsClient first = client();
  WsClient second = client();
  EXPECT_EQ(first.get("/healthz").status, 200);
  EXPECT_EQ(second.get("/healthz").status, 200);
  EXPECT_TRUE(client().reads_end());
}

TEST_F(HttpTest, NoticesAPortInUse) {
  start();
  gateway::GatewaySettings other = *settings;
  other.port = application->port();
  gateway::Application second(other, clock, random, logger);
  const absl::Status started = second.start();
  EXPECT_EQ(started.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(started.message().find("in use"), absl::string_view::npos);
}

TEST_F(HttpTest, WritesThePortFileWhenReady) {
  const fs::path file = folder / "port";
  options.push_back("--port_file=" + file.string());
  start();
  ASSERT_TRUE(eventually([&file] { return fs::exists(file); }));
  std::string line;
  std::getline(std::ifstream(file), line);
  EXPECT_EQ(line, std::to_string(application->port()));
}

}  // namespace
}  // namespace parley::test
