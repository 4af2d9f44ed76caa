#include "backend/postgres/send_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::backend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PendingSend send_to(const std::string& room, const std::string& request_id) {
  PendingSend send;
  send.request.set_room(room);
  send.request.set_request_id(request_id);
  return send;
}

bool add(SendBatches& batches, const std::string& room, const std::string& request_id) {
  PendingSend send = send_to(room, request_id);
  return batches.add(send);
}

std::vector<std::string> ids(const SendBatch& batch) {
  std::vector<std::string> found;
  found.reserve(batch.messages.size());
  for (const PendingSend& send : batch.messages) found.push_back(send.request.request_id());
  return found;
}

TEST(SendBatchesTest, ALoneMessageWaitsForNobody) {
  SendBatches batches(10, 100);
  EXPECT_FALSE(batches.has_ready());
  ASSERT_TRUE(add(batches, "a", "1"));
  EXPECT_TRUE(batches.has_ready());
  EXPECT_THAT(ids(batches.take()), ElementsAre("1"));
}

TEST(SendBatchesTest, WhatWaitsGoesTogetherInTheOrderOfItsRoom) {
  SendBatches batches(10, 100);
  add(batches, "a", "1");
  add(batches, "b", "2");
  add(batches, "a", "3");
  EXPECT_THAT(ids(batches.take()), ElementsAre("1", "3", "2"));
}

TEST(SendBatchesTest, ARoomIsInOneBatchAtATime) {
  SendBatches batches(10, 100);
  add(batches, "a", "1");
  const auto first = batches.take();
  add(batches, "a", "2");
  add(batches, "b", "3");
  EXPECT_THAT(ids(batches.take()), ElementsAre("3"));
  EXPECT_FALSE(batches.has_ready());
  batches.finish(first);
  EXPECT_THAT(ids(batches.take()), ElementsAre("2"));
}

TEST(SendBatchesTest, ABatchHasALimitAndTheRestFollows) {
  SendBatches batches(2, 100);
  for (const char* id : {"1", "2", "3"}) add(batches, "a", id);
  const auto first = batches.take();
  EXPECT_THAT(ids(first), ElementsAre("1", "2"));
  EXPECT_THAT(batches.take().messages, IsEmpty());
  batches.finish(first);
  EXPECT_THAT(ids(batches.take()), ElementsAre("3"));
}

TEST(SendBatchesTest, AHotRoomDoesNotStarveOthers) {
  SendBatches batches(2, 100);
  for (int count = 0; count < 10; ++count) add(batches, "hot", "h" + std::to_string(count));
  add(batches, "calm", "c");
  batches.finish(batches.take());
  EXPECT_THAT(ids(batches.take()), ElementsAre("c", "h2"));
}

TEST(SendBatchesTest, WhatComesBehindACommitKnowsOfIt) {
  SendBatches batches(10, 100);
  add(batches, "a", "1");
  add(batches, "b", "2");
  const SendBatch first = batches.take();
  EXPECT_THAT(first.rooms, ElementsAre("a", "b"));
  EXPECT_THAT(first.before, IsEmpty());
  add(batches, "a", "3");
  EXPECT_FALSE(batches.has_ready());
  batches.commit(first);
  add(batches, "b", "4");
  add(batches, "c", "5");
  const SendBatch second = batches.take();
  EXPECT_THAT(ids(second), ElementsAre("3", "4", "5"));
  EXPECT_THAT(second.before, ElementsAre(first.fate));
  // The end of the first one does not free what the second one has.
  batches.finish(first);
  add(batches, "a", "6");
  EXPECT_FALSE(batches.has_ready());
  batches.finish(second);
  const SendBatch third = batches.take();
  EXPECT_THAT(ids(third), ElementsAre("6"));
  EXPECT_THAT(third.before, IsEmpty());
}

TEST(SendBatchesTest, ABatchThatEndsBeforeTheOneInFrontLeavesItsRoomToThatOne) {
  SendBatches batches(10, 100);
  add(batches, "a", "1");
  const SendBatch first = batches.take();
  batches.commit(first);
  add(batches, "a", "2");
  batches.finish(batches.take());
  add(batches, "a", "3");
  EXPECT_THAT(batches.take().before, ElementsAre(first.fate));
}

TEST(SendBatchesTest, MoreThanMayWaitIsRefusedUntouched) {
  SendBatches batches(10, 2);
  EXPECT_TRUE(add(batches, "a", "1"));
  EXPECT_TRUE(add(batches, "b", "2"));
  PendingSend third = send_to("c", "3");
  EXPECT_FALSE(batches.add(third));
  EXPECT_EQ(third.request.request_id(), "3");
  batches.take();
  EXPECT_TRUE(batches.add(third));
}

}  // namespace
}  // namespace parley::backend
