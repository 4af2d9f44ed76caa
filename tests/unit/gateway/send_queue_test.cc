#include "gateway/web/send_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::gateway {
namespace {

Frame frame(const std::string& text) { return std::make_shared<const std::string>(text); }

// What the next write would take, with room for `count` pieces.
std::vector<std::string_view> pieces(const SendQueue& queue, std::size_t count = 64) {
  std::vector<iovec> room(count);
  std::vector<std::string_view> gathered;
  for (const iovec& piece : queue.gather(room)) {
    gathered.emplace_back(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  return gathered;
}

std::string joined(const SendQueue& queue) {
  std::string all;
  for (const std::string_view piece : pieces(queue)) all += piece;
  return all;
}

TEST(SendQueue, GathersManyFramesInOrder) {
  SendQueue queue(100);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.offer(frame("one ")));
  queue.push(frame("two "));
  EXPECT_TRUE(queue.offer(frame("three")));
  EXPECT_EQ(pieces(queue).size(), 3U);
  EXPECT_EQ(joined(queue), "one two three");
  EXPECT_EQ(queue.bytes(), 13U);
}

TEST(SendQueue, GoesOnInTheMiddleOfAFrame) {
  SendQueue queue(100);
  queue.push(frame("abc"));
  queue.push(frame("def"));
  queue.written(4);
  EXPECT_EQ(joined(queue), "ef");
  EXPECT_EQ(queue.bytes(), 2U);
  queue.written(2);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(SendQueue, TakesAtMostSoManyPiecesAtATime) {
  SendQueue queue(1'000);
  for (int count = 0; count < 15; ++count) queue.push(frame("x"));
  EXPECT_EQ(pieces(queue, 10).size(), 10U);
  queue.written(10);
  EXPECT_EQ(pieces(queue, 10).size(), 5U);
}

TEST(SendQueue, KeepsTheOrderWhileItNeverRunsEmpty) {
  SendQueue queue(1'000);
  std::string sent;
  std::string written;
  for (int count = 0; count < 500; ++count) {
    const std::string text = std::to_string(count) + ",";
    queue.push(frame(text));
    sent += text;
    if (count < 20) continue;
    const std::string waiting = joined(queue);
    written += waiting.substr(0, 3);
    queue.written(3);
  }
  written += joined(queue);
  EXPECT_EQ(written.substr(0, sent.size()), sent.substr(0, written.size()));
}

TEST(SendQueue, SharesTheBytesOfAFrame) {
  SendQueue queue(100);
  const Frame shared = frame("shared");
  queue.offer(shared);
  EXPECT_EQ(pieces(queue)[0].data(), shared->data());
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

TEST(SendQueue, LetsGoOfAFrameThatHasLeft) {
  SendQueue queue(100);
  const Frame first = frame("ab");
  const Frame second = frame("cd");
  queue.push(first);
  queue.push(second);
  queue.written(3);
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(second.use_count(), 2);
  queue.fail();
  EXPECT_EQ(second.use_count(), 1);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  queue.push(first);
  EXPECT_TRUE(queue.empty());
}

TEST(SendQueue, TakesNothingAfterTheLastFrame) {
  SendQueue queue(100);
  queue.push(frame("close"));
  queue.finish();
  EXPECT_FALSE(queue.offer(frame("late")));
  queue.push(frame("late"));
  EXPECT_EQ(joined(queue), "close");
}

}  // namespace
}  // namespace parley::gateway
