#include "gateway/web/byte_range.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

using Kind = ByteRange::Kind;

void expect_part(std::string_view range, std::size_t size, std::size_t first, std::size_t count) {
  const ByteRange parsed = parse_byte_range(range, size);
  EXPECT_EQ(parsed.kind, Kind::kPart) << range;
  EXPECT_EQ(parsed.first, first) << range;
  EXPECT_EQ(parsed.count, count) << range;
}

TEST(ByteRange, ReachesFromTheFirstToTheLast) {
  expect_part("bytes=0-0", 10, 0, 1);
  expect_part("bytes=2-5", 10, 2, 4);
  expect_part("bytes=9-9", 10, 9, 1);
  expect_part("Bytes= 2-5 ", 10, 2, 4);
}

TEST(ByteRange, EndsWithTheRepresentation) {
  expect_part("bytes=2-", 10, 2, 8);
  expect_part("bytes=2-99", 10, 2, 8);
  expect_part("bytes=2-99999999999999999999999999", 10, 2, 8);
}

TEST(ByteRange, CountsFromTheEnd) {
  expect_part("bytes=-3", 10, 7, 3);
  expect_part("bytes=-99", 10, 0, 10);
}

TEST(ByteRange, CannotBeginBehindTheEnd) {
  for (const char* range : {"bytes=10-", "bytes=10-12", "bytes=99999999999999999999999999-", "bytes=-0"}) {
    EXPECT_EQ(parse_byte_range(range, 10).kind, Kind::kUnsatisfiable) << range;
  }
  EXPECT_EQ(parse_byte_range("bytes=0-", 0).kind, Kind::kUnsatisfiable);
  EXPECT_EQ(parse_byte_range("bytes=-1", 0).kind, Kind::kUnsatisfiable);
}

TEST(ByteRange, IsIgnoredWhereItIsNoSingleRangeOfBytes) {
  for (const char* range : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1-2,4-5", "bytes=+1-2",
                            "bytes=1--2", "bytes=1 - 2", "lines=1-2", "bytes 1-2"}) {
    EXPECT_EQ(parse_byte_range(range, 10).kind, Kind::kWhole) << range;
  }
}

TEST(IfRange, HoldsForTheSameStrongEtag) {
  EXPECT_TRUE(if_range_holds("", "\"a\""));
  EXPECT_TRUE(if_range_holds("\"a\"", "\"a\""));
  EXPECT_FALSE(if_range_holds("\"b\"", "\"a\""));
  EXPECT_FALSE(if_range_holds("W/\"a\"", "\"a\""));
  EXPECT_FALSE(if_range_holds("Wed, 21 Oct 2026 07:28:00 GMT", "\"a\""));
}

}  // namespace
}  // namespace parley::gateway
