#include "gateway/web/forwarded.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

const AddressRanges& proxies() {
  static const AddressRanges ranges =
      *AddressRanges::parse(std::vector<std::string>{"10.0.0.0/8", "127.0.0.1", "2001:db8:ff::/48"});
  return ranges;
}

std::string x_forwarded_for(std::string_view peer, std::string_view list) {
  return client_address(*parse_ip_address(peer), list, ForwardedHeader::kXForwardedFor, proxies()).to_string();
}

std::string forwarded(std::string_view peer, std::string_view list) {
  return client_address(*parse_ip_address(peer), list, ForwardedHeader::kForwarded, proxies()).to_string();
}

TEST(ForwardedTest, NobodyElsesWordIsTaken) {
  EXPECT_EQ(x_forwarded_for("203.0.113.5", "198.51.100.1"), "203.0.113.5");
  EXPECT_EQ(forwarded("203.0.113.5", "for=198.51.100.1"), "203.0.113.5");
}

TEST(ForwardedTest, TheRightmostAddressThatIsNoProxyIsTheClient) {
  EXPECT_EQ(x_forwarded_for("10.0.0.1", ""), "10.0.0.1");
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "203.0.113.5"), "203.0.113.5");
  // What stands left of it is what the client says of itself.
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "198.51.100.1, 203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(x_forwarded_for("127.0.0.1", "198.51.100.1,203.0.113.5 , 10.0.0.2,10.0.0.3"), "203.0.113.5");
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
  EXPECT_EQ(x_forwarded_for("::ffff:10.0.0.1", "203.0.113.5"), "203.0.113.5");
}

TEST(ForwardedTest, TakesPortsAndIpv6AsTheyAreWritten) {
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "203.0.113.5:4711"), "203.0.113.5");
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "2001:db8::9"), "2001:db8::9");
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "[2001:db8::9]:4711"), "2001:db8::9");
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "[2001:db8::9]"), "2001:db8::9");
}

TEST(ForwardedTest, BeforeWhatIsNoAddressTheProxyIsAllThatIsKnown) {
  for (const std::string_view list :
       {"unknown", "_hidden", "203.0.113.5:x", "203.0.113.5:123456", "[2001:db8::9", "[::1]x", "203.0.113.5, junk"}) {
    EXPECT_EQ(x_forwarded_for("10.0.0.1", list), "10.0.0.1") << list;
  }
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "junk, 10.0.0.2"), "10.0.0.2");
  EXPECT_EQ(x_forwarded_for("10.0.0.1", "203.0.113.5, ,"), "203.0.113.5");
}

TEST(ForwardedTest, ReadsForwarded) {
  EXPECT_EQ(forwarded("10.0.0.1", "for=203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(forwarded("10.0.0.1", "for=198.51.100.1, For = \"203.0.113.5:80\";proto=https;by=10.0.0.1"), "203.0.113.5");
  EXPECT_EQ(forwarded("10.0.0.1", R"(proto=http;for="[2001:db8::9]:4711")"), "2001:db8::9");
  EXPECT_EQ(forwarded("10.0.0.1", R"(for="203.0.113.5", for="[2001:db8:ff::1]")"), "203.0.113.5");
  // A separator in a quoted string separates nothing.
  EXPECT_EQ(forwarded("10.0.0.1", R"(for=203.0.113.5;host="a,for=198.51.100.1")"), "203.0.113.5");
  EXPECT_EQ(forwarded("10.0.0.1", R"(for=203.0.113.5;host="a\";for=198.51.100.1")"), "203.0.113.5");
  for (const std::string_view list :
       {"for=unknown", "by=203.0.113.5", "203.0.113.5", R"(for="203.0.113.5)", R"(for="203.0.\113.5")", "for="}) {
    EXPECT_EQ(forwarded("10.0.0.1", list), "10.0.0.1") << list;
  }
}

}  // namespace
}  // namespace parley::gateway
