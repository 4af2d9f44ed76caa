// How often one client may ask, and open TLS connections.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_certificate.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

constexpr std::chrono::milliseconds kAMoment(100);
constexpr int kAskedAtMost = 1'000;
constexpr int kAtOnce = 11;  // one, and ten seconds' worth

class RatesTest : public GatewayTest {
 protected:
  RatesTest() {
    options = {"--connections_per_address_max=1", "--requests_per_address_per_second_max=1",
               "--tls_handshakes_per_address_per_second_max=1"};
  }

  void add_options(const std::vector<std::string>& more) { options.insert(options.end(), more.begin(), more.end()); }
  void serve_tls() {
    const PemPair pair = make_certificate("DNS:localhost");
    std::ofstream(folder_.file("crt")) << pair.certificates;
    std::ofstream(folder_.file("key")) << pair.key;
    add_options(
        {"--tls_port=0", "--tls_certificate_file=" + folder_.file("crt"), "--tls_key_file=" + folder_.file("key")});
  }
  // Asks until it is refused, and says how often it was not.
  int ask_until_refused(WsClient& socket, const std::string& headers = "") {
    int answered = 0;
    while (answered < kAskedAtMost && socket.get("/", headers).status != 429) ++answered;
    return answered;
  }
  // A connection to the TLS port that says nothing more than `begin`. Whoever waits for its handshake is let in.
  bool is_let_in(const std::string& begin = "") {
    sockets_.push_back(std::make_unique<WsClient>(application->tls_port()));
    if (!begin.empty()) sockets_.back()->send_raw(begin);
    return !sockets_.back()->reads_end(kAMoment);
  }
  double refused(const std::string& setting) const {
    return metric(absl::StrCat("parley_gateway_refusals_total{reason=\"", setting, "\"}"));
  }

 private:
  TemporaryFolder folder_;
  std::vector<std::unique_ptr<WsClient>> sockets_;
};

TEST_F(RatesTest, RequestsBeyondTheRateAreAnsweredWith429AndTheConnectionStays) {
  start();
  WsClient socket = client();
  EXPECT_GE(ask_until_refused(socket), kAtOnce);
  const HttpAnswer refused_one = socket.get("/");
  EXPECT_EQ(refused_one.status, 429);
  EXPECT_NE(refused_one.header("retry-after"), "");
  EXPECT_GE(refused("requests_per_address_per_second_max"), 2);
  // Whoever watches the gateway is answered.
  EXPECT_EQ(socket.get("/healthz").status, 200);
  EXPECT_EQ(client().get("/readyz").status, 200);
  const HttpAnswer upgrade = client().upgrade();
  EXPECT_EQ(upgrade.status, 429);
  EXPECT_NE(upgrade.header("retry-after"), "");
  EXPECT_NE(upgrade.body.find("TOO_MANY_REQUESTS"), std::string::npos);
  EXPECT_TRUE(eventually([&socket] { return socket.get("/healthz").status == 200 && socket.get("/").status != 429; }))
      << "a second later";
}

TEST_F(RatesTest, WhoeverGoesOnAskingIsCutOff) {
  start();
  WsClient socket = client();
  ask_until_refused(socket);
  HttpAnswer last;
  for (int count = 0; count < 100 && last.header("connection") != "close"; ++count) last = socket.get("/");
  EXPECT_EQ(last.status, 429);
  EXPECT_TRUE(socket.reads_end());
}

TEST_F(RatesTest, BehindAProxyEachClientHasARateOfItsOwn) {
  add_options({"--trusted_proxies=127.0.0.1,10.0.0.0/8"});
  start();
  WsClient socket = client();
  const int of_one = ask_until_refused(socket, "X-Forwarded-For: 203.0.113.5\r\n");
  EXPECT_GE(of_one, kAtOnce);
  EXPECT_LT(of_one, kAskedAtMost);
  EXPECT_NE(socket.get("/", "X-Forwarded-For: 203.0.113.6\r\n").status, 429);
  // One whom the proxies' ranges cover, too: the network of an office, say.
  EXPECT_LT(ask_until_refused(socket, "X-Forwarded-For: 10.1.2.3\r\n"), kAskedAtMost);
  // What the proxy asks for itself.
  for (int count = 0; count < 2 * kAtOnce; ++count) EXPECT_NE(socket.get("/").status, 429);
}

TEST_F(RatesTest, TlsConnectionsBeyondTheRateAreClosedBeforeTheHandshake) {
  serve_tls();
  start();
  int let_in = 0;
  while (let_in < 5 * kAtOnce && is_let_in()) ++let_in;
  EXPECT_GE(let_in, kAtOnce);
  EXPECT_GE(refused("tls_handshakes_per_address_per_second_max"), 1);
  EXPECT_EQ(client().get("/healthz").status, 200) << "the plain port has no handshake";
}

TEST_F(RatesTest, OfAProxyTlsConnectionsAreAsManyAsItLikes) {
  serve_tls();
  add_options({"--trusted_proxies=127.0.0.1"});
  start();
  std::vector<std::unique_ptr<WsClient>> sockets;
  sockets.reserve(std::size_t{3} * kAtOnce);
  for (int count = 0; count < 3 * kAtOnce; ++count) {
    sockets.push_back(std::make_unique<WsClient>(application->tls_port()));
  }
  for (const auto& socket : sockets) EXPECT_FALSE(socket->reads_end(std::chrono::milliseconds(1)));
  EXPECT_EQ(refused("tls_handshakes_per_address_per_second_max"), 0);
}

TEST_F(RatesTest, AProxyHeaderSaysWhoseHandshakeItIs) {
  serve_tls();
  add_options({"--trusted_proxies=127.0.0.1", "--proxy_protocol=on"});
  launch();
  const std::string one("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xCB\0\x71\x05\x0A\0\0\x01\x12\x34\0\x50", 28);
  int let_in = 0;
  while (let_in < 5 * kAtOnce && is_let_in(one)) ++let_in;
  EXPECT_GE(let_in, kAtOnce);
  EXPECT_GE(refused("tls_handshakes_per_address_per_second_max"), 1);
  EXPECT_TRUE(is_let_in("PROXY TCP4 203.0.113.6 10.0.0.1 4660 80\r\n"));
}

}  // namespace
}  // namespace parley::test
