#include "tests/bench/stamp.h"

#include <gtest/gtest.h>

namespace parley::bench {
namespace {

Stamp stamp(std::uint32_t run, std::uint32_t sender, std::uint32_t sequence, std::int64_t due_ns) {
  return {.run = run, .sender = sender, .sequence = sequence, .due = TimePoint(std::chrono::nanoseconds(due_ns))};
}

void expect_equal(const std::optional<Stamp>& read, const Stamp& written) {
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->run, written.run);
  EXPECT_EQ(read->sender, written.sender);
  EXPECT_EQ(read->sequence, written.sequence);
  EXPECT_EQ(read->due, written.due);
}

TEST(Stamp, IsReadAsItWasWritten) {
  for (const Stamp& written :
       {stamp(0, 0, 0, 0), stamp(0x01234567, 0x89ABCDEF, 0xFEDCBA98, 0x0123456789ABCDEF),
        stamp(0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF), stamp(1, 2, 3, 4'000'000'000'005)}) {
    StampReader reader;
    std::size_t from = 0;
    expect_equal(reader.next(written.body(100), from), written);
    EXPECT_EQ(from, Stamp::kBytes);
  }
}

TEST(Stamp, BodyHasTheBytesThatAreWanted) {
  EXPECT_EQ(Stamp().body(100).size(), 100U);
  EXPECT_EQ(Stamp().body(1).size(), Stamp::kBytes);
}

TEST(Stamp, BodyNeedsNoEscaping) {
  for (const char letter : stamp(0xFFFFFFFF, 7, 0, -1).body(200)) {
    EXPECT_TRUE((letter >= 'a' && letter <= 'z') || letter == ':') << letter;
  }
}

TEST(StampReader, FindsAStampWhereverItIs) {
  StampReader reader;
  for (const std::string before : {"", "b", "bench-1-0: benc", "a long beginning", "bench bench:"}) {
    const Stamp written = stamp(1, 2, static_cast<std::uint32_t>(before.size()), 5);
    std::size_t from = 0;
    // The last one contains the mark: what follows it is read, and is of another run.
    const std::optional<Stamp> read = reader.next(before + written.body(100) + "after", from);
    if (before == "bench bench:") {
      ASSERT_TRUE(read.has_value());
      EXPECT_NE(read->run, written.run);
    } else {
      expect_equal(read, written);
    }
  }
}

TEST(StampReader, ReadsSeveralInOnePayload) {
  StampReader reader;
  const std::string payload =
      "x" + stamp(1, 0, 0, 0).body(60) + "yy" + stamp(1, 0, 1, 0).body(60) + "z" + stamp(1, 0, 2, 0).body(60);
  for (int round = 0; round < 2; ++round) {
    std::size_t from = 0;
    for (std::uint32_t sequence = 0; sequence < 3; ++sequence) {
      expect_equal(reader.next(payload, from), stamp(1, 0, sequence, 0));
    }
    EXPECT_FALSE(reader.next(payload, from).has_value());
  }
}

TEST(StampReader, FindsNothingInWhatHasNone) {
  StampReader reader;
  std::size_t from = 0;
  const std::string body = Stamp().body(60);
  EXPECT_FALSE(reader.next("", from).has_value());
  EXPECT_FALSE(reader.next("bench-7", from).has_value());
  EXPECT_FALSE(reader.next(std::string_view(body).substr(0, Stamp::kBytes - 1), from).has_value());
  EXPECT_EQ(from, 0U);
}

}  // namespace
}  // namespace parley::bench
