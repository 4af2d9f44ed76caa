// Clients behind proxies: the limits for an address are for the client's.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {
namespace {

class ProxiesTest : public GatewayTest {
 protected:
  ProxiesTest() { options = {"--connections_per_address_max=1"}; }

  // The status of an upgrade that comes with those headers. The sockets stay open.
  int upgrade(const std::string& headers, const std::string& begin = "") {
    sockets_.push_back(std::make_unique<WsClient>(application->port()));
    if (!begin.empty()) sockets_.back()->send_raw(begin);
    return sockets_.back()->upgrade("/ws", "", headers).status;
  }

 private:
  std::vector<std::unique_ptr<WsClient>> sockets_;
};

TEST_F(ProxiesTest, TakesAProxysWordForTheClientsAddress) {
  options.emplace_back("--trusted_proxies=10.0.0.0/8,127.0.0.1");
  start();
  EXPECT_EQ(upgrade("X-Forwarded-For: 203.0.113.5\r\n"), 101);
  EXPECT_EQ(upgrade("X-Forwarded-For: 203.0.113.5\r\n"), 429);
  EXPECT_EQ(upgrade("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.5, 10.0.0.2\r\n"), 429);
  EXPECT_EQ(upgrade("X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-For: 198.51.100.1\r\n"), 101);
  // The header that the proxy does not write is the client's own.
  EXPECT_EQ(upgrade("X-Forwarded-For: 203.0.113.5\r\nForwarded: for=192.0.2.77\r\n"), 429);
}

TEST_F(ProxiesTest, ReadsForwardedWhereTheProxyWritesThat) {
  options.insert(options.end(), {"--trusted_proxies=127.0.0.1", "--forwarded_header=Forwarded"});
  start();
  EXPECT_EQ(upgrade("Forwarded: for=203.0.113.5\r\n"), 101);
  EXPECT_EQ(upgrade("Forwarded: for=\"203.0.113.5:80\"\r\nX-Forwarded-For: 192.0.2.77\r\n"), 429);
}

TEST_F(ProxiesTest, TakesNobodyElsesWord) {
  options.emplace_back("--trusted_proxies=10.0.0.0/8");
  start();
  EXPECT_EQ(upgrade("X-Forwarded-For: 203.0.113.5\r\n"), 101);
  EXPECT_EQ(upgrade("X-Forwarded-For: 203.0.113.6\r\n"), 429);
  WsClient client(application->port());
  client.send_raw("PROXY TCP4 203.0.113.7 10.0.0.1 4660 80\r\n");
  EXPECT_EQ(client.read_answer().status, 400);
}

TEST_F(ProxiesTest, ReadsProxyHeadersOfBothVersions) {
  options.insert(options.end(), {"--trusted_proxies=127.0.0.1", "--proxy_protocol=on"});
  launch();
  const std::string text = "PROXY TCP4 203.0.113.5 10.0.0.1 4660 80\r\n";
  const std::string binary("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xCB\0\x71\x05\x0A\0\0\x01\x12\x34\0\x50", 28);
  const std::string local("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);
  ASSERT_TRUE(eventually([&] {
    WsClient probe(application->port());
    probe.send_raw(local);
    return probe.get("/readyz").status == 200;
  }));
  EXPECT_EQ(upgrade("", text), 101);
  EXPECT_EQ(upgrade("", binary), 429);
  EXPECT_EQ(upgrade("", "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"), 101);
  // Another one of the same network.
  EXPECT_EQ(upgrade("", "PROXY TCP6 2001:db8::3 2001:db8::2 1 2\r\n"), 429);
}

// The place of the proxy's connection becomes the client's.
TEST_F(ProxiesTest, AConnectionTakesOnePlaceWhileItChangesHands) {
  options.insert(options.end(),
                 {"--trusted_proxies=127.0.0.1", "--proxy_protocol=on", "--http_connections_max=1", "--io_threads=1"});
  launch();
  WsClient only(application->port());
  only.send_raw("PROXY TCP4 203.0.113.5 10.0.0.1 4660 80\r\n");
  EXPECT_EQ(only.get("/healthz").status, 200);
}

TEST_F(ProxiesTest, ClosesAndCountsConnectionsOfAProxyWithoutAHeader) {
  options.insert(options.end(), {"--trusted_proxies=127.0.0.1", "--proxy_protocol=on", "--handshake_timeout_ms=300"});
  launch();
  WsClient without(application->port());
  without.send_raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(without.reads_end());
  WsClient slow(application->port());
  slow.send_raw("PROXY TCP4 203.0.113.5");
  EXPECT_TRUE(slow.reads_end());
  EXPECT_EQ(metric("parley_gateway_refusals_total{reason=\"PROXY_HEADER_INVALID\"}"), 1);
  EXPECT_EQ(metric("parley_gateway_refusals_total{reason=\"REQUEST_TIMEOUT\"}"), 1);
}

TEST_F(ProxiesTest, ALimitOfHttpConnectionsIsForTheClientToo) {
  options.insert(options.end(),
                 {"--trusted_proxies=127.0.0.1", "--proxy_protocol=on", "--http_connections_per_address_max=1"});
  launch();
  const auto get = [this](WsClient& client, const std::string& address) {
    client.send_raw(absl::StrCat("PROXY TCP4 ", address, " 10.0.0.1 4660 80\r\n"));
    return client.get("/healthz").status;
  };
  WsClient first(application->port());
  WsClient second(application->port());
  WsClient third(application->port());
  EXPECT_EQ(get(first, "203.0.113.5"), 200);
  EXPECT_EQ(get(second, "203.0.113.6"), 200);
  third.send_raw("PROXY TCP4 203.0.113.5 10.0.0.1 4660 80\r\n");
  EXPECT_TRUE(third.reads_end());
}

}  // namespace
}  // namespace parley::test
