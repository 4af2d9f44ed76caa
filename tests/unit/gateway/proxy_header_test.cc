#include "gateway/web/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

namespace parley::gateway {
namespace {

using Kind = ProxyHeader::Kind;

// A version 2 header with those addresses and what may follow them.
std::string binary(int command, int family, const std::string& addresses) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += {static_cast<char>(command), static_cast<char>(family), static_cast<char>(addresses.size() >> 8),
             static_cast<char>(addresses.size() & 0xFF)};
  return header + addresses;
}

const std::string kFromTcp4("\xCB\0\x71\x05\x0A\0\0\x01\x12\x34\0\x50", 12);
const std::string kFromTcp6 = std::string("\x20\x01\x0D\xB8", 4) + std::string(11, '\0') + "\x09" +
                              std::string(16, '\x01') + std::string("\x12\x34\0\x50", 4);

// Reads it as it would come over the wire, no byte more than asked for, and expects that what follows it is no matter.
ProxyHeader read(const std::string& header) {
  std::string have;
  ProxyHeader parsed = parse_proxy_header(have);
  while (parsed.kind == Kind::kIncomplete) {
    if (parsed.bytes_wanted <= have.size() || parsed.bytes_wanted > header.size()) {
      ADD_FAILURE() << "asks for " << parsed.bytes_wanted << " bytes of " << header.size();
      return {};
    }
    have = header.substr(0, parsed.bytes_wanted);
    parsed = parse_proxy_header(have);
  }
  const ProxyHeader with_more = parse_proxy_header(header + "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(with_more.kind, parsed.kind);
  EXPECT_EQ(with_more.client, parsed.client);
  EXPECT_TRUE(parsed.kind != Kind::kWhole || parsed.bytes_wanted == header.size());
  return parsed;
}

std::string client(const std::string& header) {
  const ProxyHeader parsed = read(header);
  EXPECT_EQ(parsed.kind, Kind::kWhole);
  return parsed.client ? parsed.client->to_string() : "none";
}

TEST(ProxyHeaderTest, ReadsVersion2) {
  EXPECT_EQ(client(binary(0x21, 0x11, kFromTcp4)), "203.0.113.5");
  EXPECT_EQ(client(binary(0x21, 0x21, kFromTcp6)), "2001:db8::9");
  // What is said beside the addresses is passed over.
  EXPECT_EQ(client(binary(0x21, 0x11, kFromTcp4 + std::string("\x04\0\x02xx", 5))), "203.0.113.5");
  // The proxy itself, nobody in particular, a Unix socket.
  EXPECT_EQ(client(binary(0x20, 0x11, kFromTcp4)), "none");
  EXPECT_EQ(client(binary(0x20, 0x00, "")), "none");
  EXPECT_EQ(client(binary(0x21, 0x00, "")), "none");
  EXPECT_EQ(client(binary(0x21, 0x31, std::string(216, 'x'))), "none");
}

TEST(ProxyHeaderTest, ReadsVersion1) {
  EXPECT_EQ(client("PROXY TCP4 203.0.113.5 10.0.0.1 4660 80\r\n"), "203.0.113.5");
  EXPECT_EQ(client("PROXY TCP6 2001:db8::9 2001:db8::1 65535 80\r\n"), "2001:db8::9");
  EXPECT_EQ(client("PROXY UNKNOWN\r\n"), "none");
  EXPECT_EQ(client("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), "none");
}

TEST(ProxyHeaderTest, RefusesEverythingElse) {
  for (const std::string& bytes : {
           std::string("GET / HTTP/1.1\r\n\r\n"),
           std::string("\x16\x03\x01"),
           std::string("PROXY TCP4 203.0.113.5 10.0.0.1 4660\r\n"),
           std::string("PROXY TCP4 203.0.113.5  10.0.0.1 4660 80\r\n"),
           std::string("PROXY TCP4 2001:db8::9 2001:db8::1 1 2\r\n"),
           std::string("PROXY TCP6 203.0.113.5 10.0.0.1 4660 80\r\n"),
           std::string("PROXY TCP4 203.0.113.5 10.0.0.1 4660 65536\r\n"),
           std::string("PROXY UDP4 203.0.113.5 10.0.0.1 4660 80\r\n"),
           std::string("PROXY \r\nxxxxxxxxxx"),
           "PROXY UNKNOWN " + std::string(200, 'x'),
           binary(0x11, 0x11, kFromTcp4),
           binary(0x22, 0x11, kFromTcp4),
           binary(0x21, 0x12, kFromTcp4),
           binary(0x21, 0x11, kFromTcp4.substr(0, 11)),
           binary(0x21, 0x21, kFromTcp6.substr(0, 35)),
           binary(0x21, 0x11, std::string(4'000, 'x')),
       }) {
    EXPECT_EQ(parse_proxy_header(bytes).kind, Kind::kInvalid) << bytes;
  }
}

TEST(ProxyHeaderTest, RefusesAsSoonAsItIsClear) {
  EXPECT_EQ(parse_proxy_header("G").kind, Kind::kInvalid);
  EXPECT_EQ(parse_proxy_header("PROXI").kind, Kind::kInvalid);
  EXPECT_EQ(parse_proxy_header(binary(0x21, 0x11, std::string(4'000, 'x')).substr(0, 16)).kind, Kind::kInvalid);
}

}  // namespace
}  // namespace parley::gateway
