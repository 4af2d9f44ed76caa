#include "gateway/web/ip_address.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

AddressRanges ranges(std::vector<std::string> entries) { return *AddressRanges::parse(entries); }

TEST(IpAddressTest, ReadsAddressesOnly) {
  EXPECT_EQ(parse_ip_address("192.0.2.1")->to_string(), "192.0.2.1");
  EXPECT_EQ(parse_ip_address("2001:DB8::1")->to_string(), "2001:db8::1");
  EXPECT_EQ(parse_ip_address("::ffff:192.0.2.1")->to_string(), "192.0.2.1");
  for (const std::string_view text :
       {"", "192.0.2", "192.0.2.1 ", "192.0.2.256", "0192.0.2.1", "fe80::1%eth0", "[::1]", "::1/64", "localhost"}) {
    EXPECT_FALSE(parse_ip_address(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_ip_address(std::string_view("192.0.2.1\0", 10)).has_value());
}

TEST(IpAddressTest, AClientIsAnIpv4AddressOrAnIpv6Network) {
  EXPECT_EQ(client_key(*parse_ip_address("192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(client_key(*parse_ip_address("::ffff:192.0.2.1")), "192.0.2.1");
  const std::string key = client_key(*parse_ip_address("2001:db8:1:2:3:4:5:6"));
  EXPECT_EQ(key, client_key(*parse_ip_address("2001:db8:1:2:ffff::1")));
  EXPECT_NE(key, client_key(*parse_ip_address("2001:db8:1:3:3:4:5:6")));
  const std::string network = network_key(*parse_ip_address("2001:db8:1:2:3:4:5:6"));
  EXPECT_EQ(network, network_key(*parse_ip_address("2001:db8:1:ffff::1")));
  EXPECT_NE(network, network_key(*parse_ip_address("2001:db8:2:2::1")));
  EXPECT_NE(network, key);
  EXPECT_EQ(network_key(*parse_ip_address("::ffff:192.0.2.1")), "");
}

TEST(AddressRangesTest, Contain) {
  const AddressRanges some = ranges({"10.0.0.0/8", "192.0.2.7", "198.51.100.128/25", "2001:db8::/33"});
  for (const std::string_view text : {"10.0.0.1", "10.255.255.255", "192.0.2.7", "198.51.100.200", "2001:db8::1",
                                      "2001:db8:7fff::", "::ffff:10.1.1.1"}) {
    EXPECT_TRUE(some.contain(*parse_ip_address(text))) << text;
  }
  for (const std::string_view text :
       {"11.0.0.0", "9.255.255.255", "192.0.2.8", "198.51.100.127", "2001:db8:8000::", "::10.0.0.1", "::1"}) {
    EXPECT_FALSE(some.contain(*parse_ip_address(text))) << text;
  }
  EXPECT_TRUE(ranges({"0.0.0.0/0"}).contain(*parse_ip_address("203.0.113.9")));
  EXPECT_FALSE(ranges({"0.0.0.0/0"}).contain(*parse_ip_address("::1")));
  EXPECT_FALSE(AddressRanges().contain(*parse_ip_address("127.0.0.1")));
}

TEST(AddressRangesTest, RefusesOtherEntries) {
  for (const std::string& entry : std::vector<std::string>{"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "2001:db8::/129",
                                                           "proxy.example", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(AddressRanges::parse(std::vector<std::string>{entry}).ok()) << entry;
  }
}

}  // namespace
}  // namespace parley::gateway
