// GatewayService.SendMessages: many messages on one stream, each with its own answer.
#include <gmock/gmock.h>

#include "tests/unit/backend/api/api_fixture.h"

namespace parley::backend {
namespace {

using Stream = grpc::ClientReaderWriter<pb::SendMessagesRequest, pb::SendMessagesResponse>;

// Adds a message to `request`; its item_id is the number in its request_id.
void add(pb::SendMessagesRequest& request, const pb::SendMessageRequest& message, milliseconds timeout = seconds(10)) {
  pb::SendMessagesItem& item = *request.add_items();
  item.set_item_id(std::stoi(message.request_id().substr(1)));
  *item.mutable_request() = message;
  item.mutable_timeout()->set_seconds(timeout.count() / 1'000);
  item.mutable_timeout()->set_nanos(static_cast<std::int32_t>(timeout.count() % 1'000) * 1'000'000);
}

// The next `count` answers; fewer when the stream ends.
std::map<std::int64_t, pb::SendMessagesResult> read_results(Stream& stream, std::size_t count) {
  std::map<std::int64_t, pb::SendMessagesResult> results;
  pb::SendMessagesResponse response;
  while (results.size() < count && stream.Read(&response)) {
    for (const pb::SendMessagesResult& result : response.results()) {
      EXPECT_TRUE(results.emplace(result.item_id(), result).second) << "answered twice";
    }
  }
  return results;
}

class SendStreamTest : public ApiTest {};
class SlowSendStreamTest : public SlowStoreApiTest {};

TEST_F(SendStreamTest, EachMessageGetsItsAnswer) {
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  pb::SendMessagesRequest request;
  for (const char* id : {"r1", "r2", "r3"}) add(request, message(id));
  stream->Write(request);
  const auto results = read_results(*stream, 3);
  ASSERT_EQ(results.size(), 3U);
  for (const auto& [item_id, result] : results) {
    EXPECT_EQ(result.stored().offset(), item_id);
    EXPECT_EQ(result.stored().epoch(), "e1");
  }
  EXPECT_THAT(broker_.published(), testing::SizeIs(3));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(SendStreamTest, ARepeatBringsTheOriginalWithTheStreamsAnswer) {
  pb::SendMessageResponse first;
  ASSERT_TRUE(send("r1", &first).ok());
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  pb::SendMessageRequest again = message("r1");
  again.set_body("another text");
  pb::SendMessagesRequest request;
  add(request, again);
  stream->Write(request);
  const auto results = read_results(*stream, 1);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results.at(1).repeated_message().message().body(), "text");
  EXPECT_EQ(results.at(1).repeated_message().message().offset(), 1);
}

TEST_F(SendStreamTest, WhatIsRefusedForGoodFailsAlone) {
  store_.failing_sends["r2"] = make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "full");
  store_.failing_sends["r4"] = make_error(absl::StatusCode::kAlreadyExists, "NAME_IN_USE", "somebody else's");
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  pb::SendMessageRequest empty = message("r1");
  empty.set_body("");
  pb::SendMessagesRequest request;
  add(request, empty);
  add(request, message("r2"));
  pb::SendMessageRequest held = message("r3");
  held.set_name_is_held(true);
  add(request, message("r4"));
  add(request, held);
  stream->Write(request);
  const auto results = read_results(*stream, 4);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results.at(1).failure().code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(results.at(1).failure().reason(), "BODY_EMPTY");
  EXPECT_EQ(results.at(2).failure().reason(), "OVERLOADED");
  EXPECT_EQ(results.at(4).failure().code(), grpc::ALREADY_EXISTS);
  EXPECT_EQ(results.at(4).failure().reason(), "NAME_IN_USE");
  EXPECT_TRUE(results.at(3).has_stored());
  EXPECT_EQ(store_.names_held, (std::map<std::string, bool>{{"r2", false}, {"r3", true}, {"r4", false}}));
}

TEST_F(SendStreamTest, WhatCannotBeStoredNowEndsTheStreamAndNothingBehindItIsStored) {
  store_.failing_sends["r2"] = make_error(absl::StatusCode::kAborted, "OUTCOME_UNKNOWN", "lost");
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  pb::SendMessagesRequest request;
  for (const char* id : {"r1", "r2", "r3"}) add(request, message(id));
  stream->Write(request);
  EXPECT_FALSE(read_results(*stream, 3).contains(2));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::ABORTED);
  EXPECT_EQ(reason_of(status), "OUTCOME_UNKNOWN");
  // The store sees r3, and by its limit that nobody waits for it any more.
  wait_for_call("send_message", 3);
  ASSERT_EQ(store_.limits_seen.size(), 3U);
  EXPECT_TRUE(store_.limits_seen[2].is_over(std::chrono::steady_clock::now()));
}

TEST_F(SendStreamTest, EachMessageHasItsOwnTime) {
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  pb::SendMessagesRequest request;
  add(request, message("r1"), seconds(5));
  add(request, message("r2"), std::chrono::hours(1));
  const auto before = std::chrono::steady_clock::now();
  stream->Write(request);
  ASSERT_EQ(read_results(*stream, 2).size(), 2U);
  const auto now = std::chrono::steady_clock::now();
  EXPECT_GE(store_.limits_seen[0].deadline, before + seconds(5));
  EXPECT_LE(store_.limits_seen[0].deadline, now + seconds(5));
  EXPECT_LE(store_.limits_seen[1].deadline, now + seconds(30)) << "no longer than call_ms_max";
}

TEST_F(SlowSendStreamTest, ReadingPausesWhileTooManyAreUnderWay) {
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  for (int number = 1; number <= 12; ++number) {
    pb::SendMessagesRequest request;
    add(request, message("r" + std::to_string(number)));
    stream->Write(request);
  }
  wait_for_call("send_message", 4);
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(store_.calls("send_message"), 4) << "the limit of the fixture";
  std::thread answering([this] {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (int answered = 0; answered < 12 && std::chrono::steady_clock::now() < end;)
      answered += store_.answer() ? 1 : 0;
  });
  EXPECT_EQ(read_results(*stream, 12).size(), 12U);
  answering.join();
}

TEST_F(SlowSendStreamTest, ADrainAnswersWhatIsUnderWayAndReadsNoMore) {
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  pb::SendMessagesRequest request;
  add(request, message("r1"));
  stream->Write(request);
  wait_for_call("send_message");
  gate_.close();
  registry_.end_all();
  pb::SendMessagesRequest late;
  add(late, message("r2"));
  stream->Write(late);
  EXPECT_FALSE(gate_.wait_until_empty(milliseconds(50)));
  store_.answer_all();
  EXPECT_TRUE(read_results(*stream, 2).at(1).has_stored());
  EXPECT_EQ(reason_of(stream->Finish()), "SHUTTING_DOWN");
  EXPECT_TRUE(gate_.wait_until_empty(kPatience));
  EXPECT_EQ(store_.calls("send_message"), 1);
}

TEST_F(SlowSendStreamTest, WhoHasSaidAllStillGetsTheAnswers) {
  const auto call = context();
  const auto stream = gateway_stub_->SendMessages(call.get());
  pb::SendMessagesRequest request;
  add(request, message("r1"));
  stream->Write(request);
  stream->WritesDone();
  wait_for_call("send_message");
  store_.answer_all();
  EXPECT_EQ(read_results(*stream, 2).size(), 1U);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(SlowSendStreamTest, AStreamThatIsGoneCancelsWhatItBrought) {
  {
    const auto call = context();
    const auto stream = gateway_stub_->SendMessages(call.get());
    pb::SendMessagesRequest request;
    add(request, message("r1"));
    stream->Write(request);
    wait_for_call("send_message");
    call->TryCancel();
  }
  gate_.close();
  EXPECT_TRUE(gate_.wait_until_empty(kPatience));
  EXPECT_TRUE(store_.limits_seen.at(0).is_over(std::chrono::steady_clock::now()));
  store_.answer_all();
}

}  // namespace
}  // namespace parley::backend
