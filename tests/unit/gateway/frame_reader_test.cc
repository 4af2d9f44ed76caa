#include "gateway/wire/frame_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::gateway {
namespace {

constexpr std::size_t kMessageBytesMax = 70'000;
constexpr std::uint8_t kFin = 0x80;

// A frame as a client sends it. `head` is the first byte; `length_bytes` 0 chooses the shortest form.
std::string frame(std::uint8_t head, std::string_view payload, int length_bytes = 0) {
  constexpr std::string_view kMask("\x12\xF4\x56\x78", 4);
  if (length_bytes == 0) length_bytes = payload.size() <= 125 ? 1 : payload.size() <= 0xFFFF ? 2 : 8;
  std::string bytes{static_cast<char>(head)};
  const std::size_t mark = length_bytes == 1 ? payload.size() : length_bytes == 2 ? 126 : 127;
  bytes.push_back(static_cast<char>(0x80 | mark));
  for (int index = length_bytes - 1; length_bytes > 1 && index >= 0; --index) {
    bytes.push_back(static_cast<char>((payload.size() >> (8 * index)) & 0xFF));
  }
  bytes += kMask;
  for (std::size_t index = 0; index < payload.size(); ++index) {
    bytes.push_back(static_cast<char>(payload[index] ^ kMask[index % 4]));
  }
  return bytes;
}

std::string text(std::string_view payload) { return frame(kFin | 1, payload); }

// What a reader makes of the bytes when they come `step` at a time: a line each, the last one an error or a close.
std::vector<std::string> read(std::string bytes, std::size_t step, std::size_t message_bytes_max = kMessageBytesMax) {
  FrameReader reader(message_bytes_max);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < bytes.size(); begin += step) {
    std::string part = bytes.substr(begin, step);  // of its own, so that nothing can lean on what came before
    std::span<char> left(part);
    while (!left.empty()) {
      const Received item = reader.next(left);
      const std::string payload(item.payload);
      switch (item.kind) {
        case Received::Kind::kNothing: EXPECT_TRUE(left.empty()); break;
        case Received::Kind::kMessage:
          lines.push_back((item.opcode == Opcode::kText ? "text " : "binary ") + payload);
          break;
        case Received::Kind::kPing: lines.push_back("ping " + payload); break;
        case Received::Kind::kPong: lines.push_back("pong " + payload); break;
        case Received::Kind::kClose:
          lines.push_back("close " + std::to_string(static_cast<int>(item.code)));
          return lines;
        case Received::Kind::kError:
          lines.push_back("error " + std::to_string(static_cast<int>(item.code)));
          return lines;
      }
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

// However the bytes are cut, the outcome is the same.
void expect(const std::string& bytes, const Lines& lines) {
  for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
    EXPECT_EQ(read(bytes, step), lines) << "in steps of " << step;
  }
}

TEST(FrameReader, ReadsMessagesOfBothKinds) {
  const std::string bytes("\xFF\x00\x01", 3);
  expect(text("hello") + frame(kFin | 2, bytes) + text(""), {"text hello", "binary " + bytes, "text "});
}

TEST(FrameReader, HandsOutAWholeMessageWhereItLies) {
  FrameReader reader(kMessageBytesMax);
  std::string bytes = text("hello");
  std::span<char> left(bytes);
  const Received item = reader.next(left);
  EXPECT_EQ(item.payload, "hello");
  EXPECT_EQ(item.payload.data(), bytes.data() + 6);
}

TEST(FrameReader, PutsFragmentsTogetherWithControlFramesBetween) {
  expect(frame(1, "one ") + frame(kFin | 9, "p") + frame(0, "two ") + frame(kFin | 10, "") + frame(0, "") +
             frame(kFin, "three") + text("next"),
         {"ping p", "pong ", "text one two three", "text next"});
  expect(frame(2, "") + frame(kFin, ""), {"binary "});
}

TEST(FrameReader, ReadsEveryLengthForm) {
  for (const std::size_t size : {0, 1, 125, 126, 127, 65'535, 65'536, 70'000}) {
    const std::string payload(size, 'x');
    EXPECT_EQ(read(text(payload) + text("y"), 16'384), (Lines{"text " + payload, "text y"})) << size;
  }
}

TEST(FrameReader, RefusesLengthsThatAreLongerThanTheyNeedBe) {
  expect(frame(kFin | 1, "x", 2), {"error 1002"});
  expect(frame(kFin | 1, std::string(200, 'x'), 8), {"error 1002"});
  const std::string negative = std::string("\x82\xFF\xFF", 3) + std::string(11, '\0');
  expect(negative, {"error 1002"});
}

TEST(FrameReader, RefusesWhatBreaksTheProtocolAtItsFirstBytes) {
  EXPECT_EQ(read(std::string("\x81\x05", 2), 2), (Lines{"error 1002"})) << "not masked";
  for (const std::uint8_t reserved : {0x40, 0x20, 0x10}) {
    EXPECT_EQ(read(frame(kFin | reserved | 1, "x").substr(0, 2), 2), (Lines{"error 1002"}));
  }
  for (const std::uint8_t opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    expect(frame(kFin | opcode, ""), {"error 1002"});
  }
  expect(frame(9, "fragmented"), {"error 1002"});
  expect(frame(kFin | 9, std::string(126, 'x')), {"error 1002"});
  expect(frame(kFin, "nothing to continue"), {"error 1002"});
  expect(frame(1, "a") + text("b"), {"error 1002"});
  expect(text("a") + frame(0, "b"), {"text a", "error 1002"});
}

TEST(FrameReader, JudgesSizesBeforeTheBytesCome) {
  const std::string head = frame(kFin | 2, std::string(70'001, 'x')).substr(0, 14);
  EXPECT_EQ(read(head, 14), (Lines{"error 1009"}));
  EXPECT_EQ(read(frame(2, "123456") + frame(0, "789").substr(0, 6), 100, 8), (Lines{"error 1009"}));
  EXPECT_EQ(read(frame(2, "123456") + frame(kFin, "78"), 100, 8), (Lines{"binary 12345678"}));
}

TEST(FrameReader, CountsFramesOfEveryKind) {
  const std::string bytes = frame(1, "a") + frame(kFin | 9, "x") + frame(kFin, "b") + text("c");
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, bytes.size()}) {
    FrameReader reader(kMessageBytesMax);
    std::size_t frames = 0;
    for (std::size_t begin = 0; begin < bytes.size(); begin += step) {
      std::string part = bytes.substr(begin, step);
      for (std::span<char> left(part); !left.empty(); frames += reader.take_frame_count()) reader.next(left);
    }
    EXPECT_EQ(frames, 4U) << step;
  }
}

TEST(FrameReader, KnowsWhetherItIsAmidAMessage) {
  FrameReader reader(kMessageBytesMax);
  const auto take = [&reader](std::string bytes) {
    for (std::span<char> left(bytes); !left.empty();) reader.next(left);
    return reader.is_amid();
  };
  EXPECT_FALSE(reader.is_amid());
  EXPECT_FALSE(take(text("whole")));
  EXPECT_TRUE(take(text("half").substr(0, 1)));
  EXPECT_TRUE(take(text("half").substr(1, 7)));
  EXPECT_FALSE(take(text("half").substr(8)));
  EXPECT_TRUE(take(frame(1, "part")));
  EXPECT_TRUE(take(frame(kFin | 9, "between")));
  EXPECT_FALSE(take(frame(kFin, "end")));
}

TEST(FrameReader, ChecksTextAsItArrives) {
  expect(text("z\xC3\xB6 \xE2\x82\xAC \xF0\x9F\x98\x80"), {"text z\xC3\xB6 \xE2\x82\xAC \xF0\x9F\x98\x80"});
  // A character may be cut by a fragment's end, but not by the message's.
  expect(frame(1, "\xE2\x82") + frame(kFin, "\xAC"), {"text \xE2\x82\xAC"});
  expect(frame(1, "\xE2") + frame(kFin, "\x82"), {"error 1007"});
  expect(text("\xE2\x82"), {"error 1007"});
  // Long before the end of the frame.
  const std::string broken = frame(kFin | 1, "\xFF" + std::string(60'000, 'x'));
  EXPECT_EQ(read(broken.substr(0, 20), 20), (Lines{"error 1007"}));
  // A message's check begins anew, and is not for binary ones.
  expect(frame(kFin | 2, "\xE2\x82") + text("ok"), {"binary \xE2\x82", "text ok"});
}

TEST(FrameReader, ReadsCloses) {
  expect(frame(kFin | 8, ""), {"close 0"});
  expect(frame(kFin | 8, std::string("\x03\xE8", 2)), {"close 1000"});
  expect(frame(kFin | 8, std::string("\x0F\xA0 see you", 10)), {"close 4000"});
  expect(frame(1, "half") + frame(kFin | 8, std::string("\x03\xE9", 2)), {"close 1001"});
}

TEST(FrameReader, RefusesClosesThatMeanNothing) {
  expect(frame(kFin | 8, "\x03"), {"error 1002"});
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65'535}) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    EXPECT_EQ(read(frame(kFin | 8, payload), 100), (Lines{"error 1002"})) << code;
  }
  expect(frame(kFin | 8, std::string("\x03\xE8\xFF", 3)), {"error 1007"});
  expect(frame(kFin | 8, std::string("\x03\xE8\xE2\x82", 4)), {"error 1007"});
}

}  // namespace
}  // namespace parley::gateway
