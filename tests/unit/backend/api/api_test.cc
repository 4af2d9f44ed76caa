// The services over real gRPC on loopback, with a store in memory.
#include <gmock/gmock.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <future>

#include "backend/app/health_probe.h"
#include "tests/unit/backend/api/api_fixture.h"

namespace parley::backend {
namespace {

TEST_F(ApiTest, ErrorsCarryTheirReason) {
  pb::SendMessageRequest request = message("r1");
  request.set_body("");
  pb::SendMessageResponse response;
  const auto call = context();
  const grpc::Status status = chat_stub_->SendMessage(call.get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(reason_of(status), "BODY_EMPTY");
}

TEST_F(ApiTest, ARequestBeyondTheLimitIsRefused) {
  pb::SendMessageRequest request = message("r1");
  request.set_body(std::string(300'000, 'x'));
  pb::SendMessageResponse response;
  const auto call = context();
  EXPECT_EQ(chat_stub_->SendMessage(call.get(), request, &response).error_code(), grpc::RESOURCE_EXHAUSTED);
}

TEST_F(ApiTest, HealthFollowsTheServer) {
  EXPECT_FALSE(probe_health(target_, milliseconds(10'000)).ok());
  server_->set_serving(true);
  EXPECT_TRUE(probe_health(target_, milliseconds(10'000)).ok());
  server_->set_serving(false);
  EXPECT_FALSE(probe_health(target_, milliseconds(10'000)).ok());
}

TEST_F(ApiTest, ReflectionListsTheServices) {
  // A ServerReflectionRequest {list_services: ""} of grpc.reflection.v1alpha.
  const grpc::Slice bytes(std::string("\x3a\x00", 2));
  grpc::GenericStub stub(grpc::CreateChannel(target_, grpc::InsecureChannelCredentials()));
  const auto call = context();
  grpc::CompletionQueue queue;
  const auto stream =
      stub.PrepareCall(call.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  const auto step = [&] { return queue.Next(&tag, &ok) && ok; };
  stream->StartCall(nullptr);
  ASSERT_TRUE(step());
  stream->Write(grpc::ByteBuffer(&bytes, 1), nullptr);
  ASSERT_TRUE(step());
  grpc::ByteBuffer answer;
  stream->Read(&answer, nullptr);
  ASSERT_TRUE(step());
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(answer.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  for (const char* service : {"chat.v1.ChatService", "chat.v1.GatewayService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(text, testing::HasSubstr(service));
  }
  grpc::Status status;
  call->TryCancel();
  stream->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
}

TEST_F(ApiTest, ATakenPortIsAnError) {
  const auto second = GrpcServer::start("127.0.0.1", server_->port(), {});
  EXPECT_EQ(error_reason(second.status()), "LISTEN_FAILED");
}

TEST_F(ApiTest, SubscribeDeliversCatchUpAndLiveEvents) {
  pb::SendMessageResponse sent;
  ASSERT_TRUE(send("r1", &sent).ok());
  pb::SubscribeRequest request;
  pb::RoomPosition& room = *request.add_rooms();
  room.set_room("lobby");
  room.mutable_position()->set_epoch("e1");
  const auto call = context();
  const auto stream = chat_stub_->Subscribe(call.get(), request);
  pb::SubscribeResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.joined().room(), "lobby");
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.event().position().offset(), 1);
  ASSERT_TRUE(send("r2", &sent).ok());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.event().message().request_id(), "r2");
  call->TryCancel();
}

TEST_F(ApiTest, SubscribeRefusesABadRequest) {
  const auto call = context();
  const auto stream = chat_stub_->Subscribe(call.get(), pb::SubscribeRequest());
  pb::SubscribeResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(reason_of(stream->Finish()), "TOO_MANY_ROOMS");
}

TEST_F(ApiTest, ASlowSubscriberIsEnded) {
  pb::SubscribeRequest request;
  request.add_rooms()->set_room("lobby");
  const auto call = context();
  const auto stream = chat_stub_->Subscribe(call.get(), request);
  pb::SubscribeResponse response;
  ASSERT_TRUE(stream->Read(&response));
  // More than the connection and the queue of 16 events hold.
  const std::string body(16'000, 'x');
  for (int count = 0; count < 2'000; ++count) hub_.publish(store_.post("lobby", body));
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(reason_of(status), "SLOW_CONSUMER");
}

TEST_F(ApiTest, AttachBeginsWithHello) {
  for (const bool is_join : {true, false}) {
    const auto call = context();
    const auto stream = gateway_stub_->Attach(call.get());
    stream->Write(is_join ? join("lobby") : hello("not an id"));
    pb::AttachResponse response;
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_EQ(reason_of(stream->Finish()), is_join ? "HELLO_REQUIRED" : "GATEWAY_ID_INVALID");
  }
}

// The store may answer, and the next command be read and handled, before the thread that read the hello goes on.
TEST_F(ApiTest, TheCommandBehindAHelloIsReadOnce) {
  std::promise<void> joined;
  const std::shared_future<void> until_joined = joined.get_future().share();
  std::promise<void> went_on;
  store_.after_lease = [until_joined, &went_on] {
    EXPECT_EQ(until_joined.wait_for(kPatience), std::future_status::ready);
    went_on.set_value();
  };
  const auto call = context();
  const auto stream = gateway_stub_->Attach(call.get());
  const auto expect_joined = [&stream](const std::string& room) {
    stream->Write(join(room));
    pb::AttachResponse response;
    EXPECT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.joined().room(), room);
  };
  pb::AttachResponse response;
  stream->Write(hello("g1"));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.has_attached());
  expect_joined("lobby");
  joined.set_value();
  EXPECT_EQ(went_on.get_future().wait_for(kPatience), std::future_status::ready);
  expect_joined("den");
}

TEST_F(ApiTest, EventsThatWaitComeTogetherForAGatewayThatTakesThem) {
  constexpr int kEvents = 16;  // as many as the queue holds
  // A window that does not grow: what does not fit into it waits, however slowly the events come.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const auto stub =
      pb::GatewayService::NewStub(grpc::CreateCustomChannel(target_, grpc::InsecureChannelCredentials(), arguments));
  for (const bool takes_batches : {true, false}) {
    const auto call = context();
    const auto stream = stub->Attach(call.get());
    pb::AttachRequest request = hello("g1");
    request.mutable_hello()->set_takes_batches(takes_batches);
    stream->Write(request);
    pb::AttachResponse response;
    ASSERT_TRUE(stream->Read(&response));
    stream->Write(join("lobby"));
    ASSERT_TRUE(stream->Read(&response));
    // The first ones fill the connection's window, so that the others wait.
    std::int64_t next = response.joined().position().offset() + 1;
    for (int count = 0; count < kEvents; ++count) hub_.publish(store_.post("lobby", std::string(30'000, 'x')));
    int events = 0;
    int batches = 0;
    while (events < kEvents && stream->Read(&response)) {
      ASSERT_NE(response.has_event(), response.has_events());
      if (response.has_event()) {
        EXPECT_EQ(response.event().position().offset(), next++);
      }
      for (const pb::Event& event : response.events().events()) EXPECT_EQ(event.position().offset(), next++);
      events += response.has_event() ? 1 : response.events().events_size();
      batches += response.has_events() ? 1 : 0;
      EXPECT_LE(response.ByteSizeLong(), 100'000U);
    }
    EXPECT_EQ(events, kEvents);
    EXPECT_EQ(batches > 0, takes_batches);
  }
}

TEST_F(ApiTest, AttachCarriesTheRoomsThatAreJoined) {
  store_.next_lease.is_new = true;
  const auto call = context();
  const auto stream = gateway_stub_->Attach(call.get());
  pb::AttachResponse response;
  stream->Write(hello("g1"));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.attached().lease_is_new());
  EXPECT_EQ(response.attached().lease_duration().seconds(), 1);
  EXPECT_EQ(response.attached().lease_duration().nanos(), 500'000'000);
  stream->Write(join("lobby"));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.joined().room(), "lobby");
  pb::SendMessageResponse sent;
  ASSERT_TRUE(send("r1", &sent).ok());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.event().position().offset(), 1);
  pb::AttachRequest leave;
  leave.set_leave("lobby");
  stream->Write(leave);
  pb::AttachRequest heartbeat;
  heartbeat.mutable_heartbeat();
  stream->Write(heartbeat);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.has_heartbeat());
  ASSERT_TRUE(send("r2", &sent).ok());
  stream->Write(heartbeat);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.has_heartbeat());
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ApiTest, AttachEndsWhenTheLeaseIsGone) {
  const auto call = context();
  const auto stream = gateway_stub_->Attach(call.get());
  pb::AttachResponse response;
  stream->Write(hello("g1"));
  ASSERT_TRUE(stream->Read(&response));
  store_.next_renewal = Renewal::kLapsed;
  pb::AttachRequest heartbeat;
  heartbeat.mutable_heartbeat();
  stream->Write(heartbeat);
  while (stream->Read(&response)) EXPECT_TRUE(response.has_heartbeat());
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(reason_of(status), "LEASE_LAPSED");
}

TEST_F(ApiTest, AttachHasALimitOfRooms) {
  const auto call = context();
  const auto stream = gateway_stub_->Attach(call.get());
  stream->Write(hello("g1"));
  for (const char* room : {"one", "two", "two", "three"}) stream->Write(join(room));
  pb::AttachResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(reason_of(stream->Finish()), "TOO_MANY_ROOMS");
}

TEST_F(ApiTest, StreamsHaveALimit) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<pb::AttachRequest, pb::AttachResponse>>> streams;
  pb::AttachResponse response;
  for (int count = 0; count < 3; ++count) {
    contexts.push_back(context());
    streams.push_back(gateway_stub_->Attach(contexts.back().get()));
    streams.back()->Write(hello("g" + std::to_string(count)));
    ASSERT_TRUE(streams.back()->Read(&response));
  }
  const auto call = context();
  const auto one_more = gateway_stub_->Attach(call.get());
  EXPECT_FALSE(one_more->Read(&response));
  EXPECT_EQ(reason_of(one_more->Finish()), "OVERLOADED");
  for (const auto& open : contexts) open->TryCancel();
}

TEST_F(ApiTest, ADrainEndsStreamsAndRefusesCalls) {
  const auto call = context();
  const auto stream = gateway_stub_->Attach(call.get());
  pb::AttachResponse response;
  stream->Write(hello("g1"));
  ASSERT_TRUE(stream->Read(&response));
  gate_.close();
  registry_.end_all();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(reason_of(stream->Finish()), "SHUTTING_DOWN");
  pb::SendMessageResponse sent;
  EXPECT_EQ(reason_of(send("r1", &sent)), "SHUTTING_DOWN");
  EXPECT_TRUE(gate_.wait_until_empty(kPatience));
}

TEST_F(SlowStoreApiTest, ADrainWaitsForRunningCalls) {
  grpc::Status status;
  std::thread caller([this, &status] {
    pb::SendMessageResponse response;
    status = send("r1", &response);
  });
  wait_for_call("send_message");
  gate_.close();
  EXPECT_FALSE(gate_.wait_until_empty(milliseconds(20)));
  store_.answer_all();
  EXPECT_TRUE(gate_.wait_until_empty(kPatience));
  caller.join();
  EXPECT_TRUE(status.ok());
}

TEST_F(SlowStoreApiTest, TheStoreLearnsDeadlineAndCancellation) {
  grpc::ClientContext call;
  call.set_deadline(std::chrono::system_clock::now() + seconds(5));
  std::thread caller([this, &call] {
    pb::SendMessageResponse response;
    EXPECT_EQ(chat_stub_->SendMessage(&call, message("r1"), &response).error_code(), grpc::CANCELLED);
  });
  wait_for_call("send_message");
  const CallLimit limit = store_.limits_seen.at(0);
  const auto now = std::chrono::steady_clock::now();
  EXPECT_FALSE(limit.is_over(now));
  EXPECT_TRUE(limit.is_over(now + seconds(6)));
  call.TryCancel();
  caller.join();
  const auto end = now + kPatience;
  while (!limit.is_over(now) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(limit.is_over(now));
  store_.answer_all();
}

TEST_F(SlowStoreApiTest, AStreamThatGoesAwayDuringHelloLeavesNothingBehind) {
  {
    const auto call = context();
    const auto stream = gateway_stub_->Attach(call.get());
    stream->Write(hello("g1"));
    wait_for_call("take_lease");
    call->TryCancel();
  }
  gate_.close();
  EXPECT_TRUE(gate_.wait_until_empty(kPatience));
  store_.answer_all();
}

}  // namespace
}  // namespace parley::backend
