#include "tests/bench/frames.h"

#include <gtest/gtest.h>

namespace parley::bench {
namespace {

TEST(Frames, AreTakenWholeAtEachFormOfLength) {
  for (const std::size_t length : {0U, 1U, 125U, 126U, 0xFFFFU, 0x10000U}) {
    const std::string payload(length, 'p');
    for (const bool is_client : {false, true}) {
      const std::string bytes =
          is_client ? client_frame(Opcode::kBinary, payload) : server_frame(Opcode::kBinary, payload);
      const std::string input = bytes + "next";
      std::string_view rest = input;
      Frame frame;
      ASSERT_TRUE(take_frame(rest, frame)) << length;
      EXPECT_EQ(frame.opcode, Opcode::kBinary);
      EXPECT_TRUE(frame.is_final);
      EXPECT_EQ(frame.is_masked, is_client);
      EXPECT_EQ(frame.payload, payload);
      EXPECT_EQ(rest, "next");
    }
  }
}

TEST(Frames, AreLeftAsLongAsTheyAreNotWhole) {
  for (const std::size_t length : {0U, 125U, 126U, 0x10000U}) {
    const std::string bytes = client_frame(Opcode::kText, std::string(length, 'p'));
    for (std::size_t cut = 0; cut < bytes.size(); cut += cut < 20 ? 1 : 997) {
      std::string_view rest = std::string_view(bytes).substr(0, cut);
      Frame frame;
      EXPECT_FALSE(take_frame(rest, frame)) << length << " cut at " << cut;
      EXPECT_EQ(rest.size(), cut);
    }
  }
}

TEST(Frames, HopFromHeaderToHeader) {
  std::string input;
  for (int index = 0; index < 1'000; ++index) {
    input +=
        server_frame(index % 7 == 0 ? Opcode::kPing : Opcode::kText, std::string(static_cast<std::size_t>(index), 'x'));
  }
  std::string_view rest = input;
  Frame frame;
  std::size_t count = 0;
  while (take_frame(rest, frame)) EXPECT_EQ(frame.payload.size(), count++);
  EXPECT_EQ(count, 1'000U);
  EXPECT_TRUE(rest.empty());
}

TEST(Frames, TellAFragment) {
  std::string bytes = server_frame(Opcode::kText, "part");
  bytes[0] = 0x01;
  std::string_view rest = bytes;
  Frame frame;
  ASSERT_TRUE(take_frame(rest, frame));
  EXPECT_FALSE(frame.is_final);
}

TEST(Frames, WithALengthBeyondEveryBufferAreLeft) {
  std::string bytes("\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10);
  std::string_view rest = bytes;
  Frame frame;
  EXPECT_FALSE(take_frame(rest, frame));
}

}  // namespace
}  // namespace parley::bench
