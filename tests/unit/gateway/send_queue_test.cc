#include "gateway/web/send_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace parley::gateway {
namespace {

Frame frame(const std::string& text) { return std::make_shared<const std::string>(text); }

std::string joined(std::span<const std::string_view> pieces) {
  std::string all;
  for (const std::string_view piece : pieces) all += piece;
  return all;
}

TEST(SendQueue, GathersManyFramesInOrder) {
  SendQueue queue(100);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.offer(frame("one ")));
  queue.push(frame("two "));
  EXPECT_TRUE(queue.offer(frame("three")));
  EXPECT_EQ(queue.gather().size(), 3U);
  EXPECT_EQ(joined(queue.gather()), "one two three");
  EXPECT_EQ(queue.bytes(), 13U);
}

TEST(SendQueue, GoesOnInTheMiddleOfAFrame) {
  SendQueue queue(100);
  queue.push(frame("abc"));
  queue.push(frame("def"));
  queue.written(4);
  EXPECT_EQ(joined(queue.gather()), "ef");
  EXPECT_EQ(queue.bytes(), 2U);
  queue.written(2);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(SendQueue, TakesAtMostSoManyPiecesAtATime) {
  SendQueue queue(1'000);
  for (std::size_t index = 0; index < SendQueue::kPiecesMax + 5; ++index) queue.push(frame("x"));
  EXPECT_EQ(queue.gather().size(), SendQueue::kPiecesMax);
  queue.written(SendQueue::kPiecesMax);
  EXPECT_EQ(queue.gather().size(), 5U);
}

TEST(SendQueue, SharesTheBytesOfAFrame) {
  SendQueue queue(100);
  const Frame shared = frame("shared");
  queue.offer(shared);
  EXPECT_EQ(queue.gather()[0].data(), shared->data());
}

TEST(SendQueue, RefusesBroadcastsBeyondItsBoundUntilHalfIsFree) {
  SendQueue queue(10);
  EXPECT_TRUE(queue.offer(frame("123456")));
  EXPECT_FALSE(queue.take_drained());
  EXPECT_FALSE(queue.offer(frame("12345")));
  EXPECT_EQ(queue.bytes(), 6U);
  // From here on even what would fit: order matters more.
  EXPECT_FALSE(queue.offer(frame("1")));
  EXPECT_FALSE(queue.take_drained());
  queue.written(1);
  EXPECT_TRUE(queue.take_drained());
  EXPECT_FALSE(queue.take_drained());
  EXPECT_TRUE(queue.offer(frame("1")));
}

TEST(SendQueue, TakesOneFrameThatIsLongerThanItsBound) {
  SendQueue queue(4);
  EXPECT_TRUE(queue.offer(frame("12345678")));
  EXPECT_FALSE(queue.offer(frame("1")));
  queue.written(8);
  EXPECT_TRUE(queue.take_drained());
}

TEST(SendQueue, TakesRepliesBeyondItsBoundAndSaysThatItIsFull) {
  SendQueue queue(4);
  EXPECT_FALSE(queue.is_full());
  queue.push(frame("12345678"));
  EXPECT_TRUE(queue.is_full());
  EXPECT_EQ(queue.bytes(), 8U);
}

TEST(SendQueue, TellsWhoWaitedForAFrame) {
  SendQueue queue(100);
  std::vector<std::string> told;
  queue.push(frame("ab"), [&told](bool written) { told.emplace_back(written ? "first" : "lost"); });
  queue.push(frame("cd"), [&told](bool written) { told.emplace_back(written ? "second" : "lost"); });
  queue.written(1);
  EXPECT_TRUE(told.empty());
  queue.written(2);
  EXPECT_EQ(told, std::vector<std::string>({"first"}));
  queue.fail();
  EXPECT_EQ(told, std::vector<std::string>({"first", "lost"}));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(SendQueue, TakesNothingAfterTheLastFrame) {
  SendQueue queue(100);
  queue.push(frame("close"));
  queue.finish();
  bool refused = false;
  EXPECT_FALSE(queue.offer(frame("late")));
  queue.push(frame("late"), [&refused](bool written) { refused = !written; });
  EXPECT_TRUE(refused);
  EXPECT_EQ(joined(queue.gather()), "close");
}

}  // namespace
}  // namespace parley::gateway
