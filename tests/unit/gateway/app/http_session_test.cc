// HTTP over real sockets: limits, timeouts, keep-alive.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

namespace fs = std::filesystem;

class HttpTest : public GatewayTest {
 protected:
  HttpTest() {
    std::ofstream(folder.file("index.html")) << "<!doctype html>page";
    options = {"--site_dir=" + folder.path().string()};
  }

  const TemporaryFolder folder;
};

TEST_F(HttpTest, ServesOverOneConnectionAlsoPipelined) {
  start();
  WsClient socket = client();
  EXPECT_EQ(socket.get("/").body, "<!doctype html>page");
  EXPECT_EQ(socket.get("/r/den").status, 200);
  EXPECT_NE(socket.get("/").header("date"), "");
  socket.send_raw("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(socket.read_answer().status, 404);
  EXPECT_EQ(socket.read_answer().body, "alive\n");
}

TEST_F(HttpTest, AnswersHeadWithTheLengthOnly) {
  start();
  WsClient socket = client();
  socket.send_raw("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
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

// A page of a name that leads to this address only for the moment is of the same origin as what it asks here.
TEST_F(HttpTest, OnLoopbackOnlyTheMachinesOwnNamesLeadHere) {
  start();
  const auto status = [this](const std::string& host, const std::string& target, const std::string& more = "") {
    WsClient socket = client();
    socket.send_raw(absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: ", host, "\r\n", more, "\r\n"));
    return socket.read_answer().status;
  };
  const std::string upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const char* host : {"localhost", "LOCALHOST:8080", "a.localhost.", "127.0.0.1:1", "127.9.9.9", "[::1]:8080"}) {
    EXPECT_EQ(status(host, "/"), 200) << host;
    EXPECT_EQ(status(host, "/ws", upgrade), 101) << host;
  }
  for (const char* host : {"rebound.example", "localhost.example", "10.0.0.1", "", "[::2]", "notlocalhost", "a b"}) {
    EXPECT_EQ(status(host, "/"), 421) << host;
    EXPECT_EQ(status(host, "/ws", absl::StrCat(upgrade, "Origin: http://", host, "\r\n")), 421) << host;
    EXPECT_EQ(status(host, "/healthz"), 200) << host;
  }
  WsClient socket = client();
  socket.send_raw("GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n");
  EXPECT_NE(socket.read_answer().body.find("`hosts`"), std::string::npos) << "it says which setting";
}

TEST_F(HttpTest, TheNamesOfTheSiteCanBeListed) {
  options.emplace_back("--hosts=chat.example, [2001:db8::1],10.0.0.1");
  start();
  const auto status = [this](const std::string& host) {
    WsClient socket = client();
    socket.send_raw(absl::StrCat("GET / HTTP/1.1\r\nHost: ", host, "\r\n\r\n"));
    return socket.read_answer().status;
  };
  for (const char* host : {"chat.example", "Chat.Example.:443", "[2001:db8::1]:8080", "10.0.0.1"}) {
    EXPECT_EQ(status(host), 200) << host;
  }
  for (const char* host : {"localhost", "www.chat.example", "127.0.0.1", "*"}) EXPECT_EQ(status(host), 421) << host;
}

TEST_F(HttpTest, WhereOthersReachItAnyNameLeadsHereUnlessSomeAreListed) {
  const auto policy = [](const std::vector<std::string>& arguments) {
    const auto read = gateway::read_settings(*Config::load(Program::kGateway, arguments, {}));
    EXPECT_TRUE(read.ok()) << read.status();
    return read->names.policy;
  };
  EXPECT_EQ(policy({}), gateway::HostPolicy::kLoopback);
  EXPECT_EQ(policy({"--address=::1"}), gateway::HostPolicy::kLoopback);
  EXPECT_EQ(policy({"--address=0.0.0.0"}), gateway::HostPolicy::kAny);
  EXPECT_EQ(policy({"--address=0.0.0.0", "--hosts=chat.example"}), gateway::HostPolicy::kListed);
  EXPECT_EQ(policy({"--hosts=*"}), gateway::HostPolicy::kAny);
  for (const char* wrong : {"--hosts=chat.example:80", "--hosts=https://chat.example", "--hosts=a,*.b"}) {
    EXPECT_FALSE(gateway::read_settings(*Config::load(Program::kGateway, std::vector<std::string>{wrong}, {})).ok())
        << wrong;
  }
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
  post.send_raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
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
  // The last one is the beginning of a TLS handshake.
  for (const std::string_view request : std::vector<std::string_view>{
           "hello\r\n\r\n",
           "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
           "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
           "GET x HTTP/1.1\r\nHost: localhost\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 13}}) {
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
  EXPECT_EQ(slow.read_answer().status, 408);
  EXPECT_TRUE(slow.reads_end());
  EXPECT_TRUE(idle.reads_end());
}

TEST_F(HttpTest, GivesAWholeRequestOneTimeLimitHoweverItTrickles) {
  options.emplace_back("--handshake_timeout_ms=300");
  start();
  WsClient slow = client();
  const std::string_view head = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Padding: ";
  slow.send_raw(head);
  const auto began = std::chrono::steady_clock::now();
  int sent = 0;
  while (!slow.has_answer(std::chrono::milliseconds(20))) {
    slow.send_raw("x");
    ASSERT_LT(++sent, 500);
  }
  EXPECT_EQ(slow.read_answer().status, 408);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(250));
  EXPECT_GT(sent, 3);
}

std::string refusals(const std::string& reason) {
  return absl::StrCat("parley_gateway_refusals_total{reason=\"", reason, "\"}");
}
std::string timeouts(const std::string& limit) {
  return absl::StrCat("parley_gateway_timeouts_total{limit=\"", limit, "\"}");
}

// Those for whom something is being done.
TEST_F(HttpTest, HoldsALimitedNumberOfConnections) {
  options.insert(options.end(), {"--http_connections_max=2", "--io_threads=1"});
  std::atomic<bool> blocked = true;
  std::atomic<int> connects = 0;
  backend.set_interceptor([&blocked, &connects](const std::string& method) {
    if (method != "Connect") return grpc::Status::OK;
    ++connects;
    EXPECT_TRUE(eventually([&blocked] { return !blocked; }));
    return grpc::Status::OK;
  });
  start();
  WsClient first = client();
  WsClient second = client();
  for (WsClient* socket : {&first, &second}) {
    socket->send_raw(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&connects] { return connects == 2; }));
  EXPECT_TRUE(client().reads_end());
  EXPECT_EQ(metric(refusals("http_connections_max")), 1);
  EXPECT_EQ(metric(refusals("MADE_WAY")), 0);
  blocked = false;
  EXPECT_EQ(first.read_answer(WsClient::Body::kNone).status, 101);
  EXPECT_EQ(client().get("/healthz").status, 200);
}

TEST_F(HttpTest, WhoeverHasBeenIdleForLongestMakesWayForOthers) {
  options.insert(options.end(), {"--http_connections_max=3", "--io_threads=1"});
  start();
  WsClient first = client();
  WsClient second = client();
  WsClient third = client();
  for (WsClient* socket : {&first, &second, &third, &first}) EXPECT_EQ(socket->get("/healthz").status, 200);
  // As one who has begun a request, and does not go on, so that its place looks taken.
  second.send_raw("GET /he");
  third.send_raw("GET /he");
  WsClient next = client();
  EXPECT_EQ(next.get("/healthz").status, 200);
  WsClient last = client();
  EXPECT_EQ(last.get("/healthz").status, 200);
  int ended = 0;
  for (WsClient* socket : {&first, &second, &third}) ended += socket->reads_end(std::chrono::milliseconds(300)) ? 1 : 0;
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(metric(refusals("MADE_WAY")), 2);
  EXPECT_EQ(next.get("/healthz").status, 200);
}

// A crowd that holds its connections with a request each: others come in all the same.
TEST_F(HttpTest, NobodyHoldsAllPlacesWithIdleConnections) {
  options.insert(options.end(), {"--http_connections_max=8", "--io_threads=1"});
  start();
  std::vector<std::unique_ptr<WsClient>> crowd;
  for (int index = 0; index < 8; ++index) {
    crowd.push_back(std::make_unique<WsClient>(application->port()));
    EXPECT_EQ(crowd.back()->get("/healthz").status, 200);
  }
  WsClient honest = client();
  EXPECT_EQ(honest.get("/healthz").status, 200);
  EXPECT_EQ(honest.upgrade().status, 101);
  EXPECT_TRUE(crowd.front()->reads_end());
}

TEST_F(HttpTest, CountsWhatItRefusesAndWhomItEnds) {
  options.insert(options.end(), {"--handshake_timeout_ms=200", "--keep_alive_timeout_ms=200"});
  start();
  WsClient idle = client();
  EXPECT_EQ(idle.get("/").status, 200);
  WsClient post = client();
  post.send_raw("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(post.read_answer().status, 405);
  EXPECT_EQ(client().get("/" + std::string(5'000, 'x')).status, 414);
  EXPECT_EQ(client().get("/", absl::StrCat("X-Long: ", std::string(9'000, 'x'), "\r\n")).status, 431);
  EXPECT_EQ(client().get("/", "Content-Length: 5\r\n").status, 400);
  WsClient garbage = client();
  garbage.send_raw("hello\r\n\r\n");
  EXPECT_EQ(garbage.read_answer().status, 400);
  WsClient slow = client();
  slow.send_raw("GET / HT");
  EXPECT_EQ(slow.read_answer().status, 408);
  EXPECT_TRUE(idle.reads_end());
  EXPECT_EQ(metric(refusals("HTTP_METHOD_UNKNOWN")), 1);
  EXPECT_EQ(metric(refusals("HTTP_REQUEST_TOO_LARGE")), 2);
  EXPECT_EQ(metric(refusals("HTTP_REQUEST_INVALID")), 2);
  EXPECT_EQ(metric(refusals("REQUEST_TIMEOUT")), 1);
  EXPECT_EQ(metric(timeouts("handshake_timeout_ms")), 1);
  EXPECT_GE(metric(timeouts("keep_alive_timeout_ms")), 1);
}

TEST_F(HttpTest, WaitsALimitedTimeForAnAnswerToBeTaken) {
  options.emplace_back("--response_timeout_ms=300");
  std::ofstream(folder.file("large.bin")) << std::string(20'000'000, 'x');
  start();
  WsClient deaf = client();
  deaf.set_receive_buffer(4'096);
  deaf.send_raw("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(eventually([this] { return metric(timeouts("response_timeout_ms")) == 1; }));
}

TEST_F(HttpTest, TheGatewaysOwnLimitsAreCountedByTheirSettings) {
  options.insert(options.end(), {"--connections_max=1", "--io_threads=1"});
  start();
  const auto only = proto();
  const HttpAnswer refused = client().upgrade();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("OVERLOADED"), std::string::npos);
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_EQ(metric(refusals("connections_max")), 1);
  EXPECT_EQ(metric(refusals("OVERLOADED")), 0);
}

TEST_F(HttpTest, HoldsALimitedNumberOfConnectionsOfOneAddress) {
  options.emplace_back("--http_connections_per_address_max=2");
  start();
  WsClient first = client();
  WsClient second = client();
  EXPECT_EQ(first.get("/healthz").status, 200);
  EXPECT_EQ(second.get("/healthz").status, 200);
  EXPECT_TRUE(client().reads_end());
}

TEST_F(HttpTest, WhoeverSaysNothingMakesWayForOthers) {
  options.insert(options.end(), {"--http_connections_max=2", "--io_threads=1"});
  start();
  WsClient speaking = client();
  EXPECT_EQ(speaking.get("/healthz").status, 200);
  WsClient silent = client();
  WsClient next = client();
  EXPECT_EQ(next.get("/healthz").status, 200);
  EXPECT_TRUE(silent.reads_end());
  EXPECT_EQ(speaking.get("/healthz").status, 200);
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
  const fs::path file = folder.path() / "port";
  options.push_back("--port_file=" + file.string());
  start();
  ASSERT_TRUE(eventually([&file] { return fs::exists(file); }));
  std::string line;
  std::getline(std::ifstream(file), line);
  EXPECT_EQ(line, std::to_string(application->port()));
}

}  // namespace
}  // namespace parley::test
