#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/broker/hint_codec.h"
#include "backend/broker/hint_queue.h"

namespace parley::backend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Hint change(const std::string& room, std::int64_t offset, const std::string& body = "text") {
  auto event = std::make_shared<pb::Event>();
  event->set_room(room);
  event->mutable_position()->set_epoch("e1");
  event->mutable_position()->set_offset(offset);
  event->mutable_message()->set_body(body);
  return Hint{.kind = HintKind::kChange, .room = room, .position = event->position(), .event = event};
}

Hint presence(const std::string& room) {
  return Hint{.kind = HintKind::kPresence, .room = room, .position = {}, .event = nullptr};
}

TEST(HintCodecTest, SmallChangesTravelWhole) {
  const auto payloads = pack_hints("me", {encode_hint(change("lobby", 3, "a\nb \" \\ é"))});
  ASSERT_THAT(payloads, SizeIs(1));
  const DecodedHints decoded = decode_hints(payloads[0]);
  EXPECT_EQ(decoded.sender, "me");
  ASSERT_THAT(decoded.hints, SizeIs(1));
  ASSERT_NE(decoded.hints[0].event, nullptr);
  EXPECT_EQ(decoded.hints[0].event->message().body(), "a\nb \" \\ é");
  EXPECT_EQ(decoded.hints[0].position.offset(), 3);
}

TEST(HintCodecTest, LargeChangesTravelAsTheirPosition) {
  const auto payloads = pack_hints("me", {encode_hint(change("lobby", 3, std::string(16'000, 'x')))});
  ASSERT_THAT(payloads, SizeIs(1));
  EXPECT_LT(payloads[0].size(), 200u);
  const DecodedHints decoded = decode_hints(payloads[0]);
  ASSERT_THAT(decoded.hints, SizeIs(1));
  EXPECT_EQ(decoded.hints[0].event, nullptr);
  EXPECT_EQ(decoded.hints[0].room, "lobby");
  EXPECT_EQ(decoded.hints[0].position.epoch(), "e1");
  EXPECT_EQ(decoded.hints[0].position.offset(), 3);
}

TEST(HintCodecTest, PayloadsStayUnderPostgresLimitAndLoseNothing) {
  std::vector<std::string> lines;
  for (int offset = 1; offset <= 500; ++offset) {
    lines.push_back(encode_hint(change("lobby", offset, std::string(static_cast<std::size_t>(offset * 4), 'x'))));
  }
  std::size_t found = 0;
  for (const std::string& payload : pack_hints(std::string(22, 's'), lines)) {
    EXPECT_LT(payload.size(), 8'000u);
    found += decode_hints(payload).hints.size();
  }
  EXPECT_EQ(found, 500u);
}

TEST(HintCodecTest, DamageIsSkipped) {
  EXPECT_THAT(decode_hints("").hints, IsEmpty());
  EXPECT_THAT(decode_hints("2 me\np lobby").hints, IsEmpty());
  EXPECT_THAT(decode_hints("1 me\ne !!!\ne AAAA\nc lobby\nc lobby x e1\nz what\n\np").hints, IsEmpty());
  EXPECT_THAT(decode_hints("1 me\np No Room\nc No Room 1 e1\nc lobby -1 e1\nc lobby 1 ").hints, IsEmpty());
  EXPECT_THAT(decode_hints("1 me\nz new\np lobby").hints, SizeIs(1));
}

TEST(HintQueueTest, PresenceCoalesces) {
  HintQueue queue(10, 10);
  for (int count = 0; count < 5; ++count) queue.add(presence("lobby"));
  EXPECT_THAT(queue.take(), ElementsAre("p lobby"));
  EXPECT_TRUE(queue.empty());
}

TEST(HintQueueTest, AnOverflowKeepsEachRoomsNewest) {
  HintQueue queue(3, 3);
  for (int offset = 1; offset <= 10; ++offset) queue.add(change("a", offset));
  queue.add(change("b", 1));
  EXPECT_THAT(queue.take(), ElementsAre(encode_hint(change("b", 1)), "c a 10 e1"));
}

TEST(HintQueueTest, ABusyRoomIsToldAboutByItsPosition) {
  HintQueue queue(2, 100);
  for (int offset = 1; offset <= 3; ++offset) queue.add(change("busy", offset));
  queue.add(change("calm", 1));
  queue.add(change("busy", 4));
  EXPECT_THAT(queue.take(), ElementsAre(encode_hint(change("calm", 1)), "c busy 4 e1"));
  queue.add(change("busy", 5));
  EXPECT_THAT(queue.take(), ElementsAre(encode_hint(change("busy", 5))));
}

}  // namespace
}  // namespace parley::backend
