// The services on loopback, with a store in memory behind them.
#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "backend/api/services.h"
#include "backend/app/grpc_server.h"
#include "common/errors.h"
#include "common/grpc_status.h"
#include "tests/unit/backend/support/fake_broker.h"
#include "tests/unit/backend/support/fake_store.h"
#include "tests/unit/backend/support/fake_token_source.h"

namespace parley::backend {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr seconds kPatience{20};

inline std::string reason_of(const grpc::Status& status) { return std::string(error_reason(from_grpc_status(status))); }

class ApiTest : public testing::Test {
 protected:
  explicit ApiTest(FakeStore::Answers answers = FakeStore::Answers::kAtOnce, CallAuthority::Options access = {})
      : store_(answers), authority_(std::move(access), tokens_) {
    grpc::Service* const services[] = {&chat_service_, &gateway_service_};
    server_ = *GrpcServer::start("127.0.0.1", 0, services);
    target_ = "127.0.0.1:" + std::to_string(server_->port());
    const auto channel = grpc::CreateChannel(target_, grpc::InsecureChannelCredentials());
    chat_stub_ = pb::ChatService::NewStub(channel);
    gateway_stub_ = pb::GatewayService::NewStub(channel);
  }
  ~ApiTest() override {
    gate_.close();
    registry_.end_all();
    store_.answer_all();
    server_->shut_down(milliseconds(0));
  }

  static std::unique_ptr<grpc::ClientContext> context() {
    auto made = std::make_unique<grpc::ClientContext>();
    made->set_deadline(std::chrono::system_clock::now() + kPatience);
    return made;
  }
  static pb::SendMessageRequest message(const std::string& request_id) {
    pb::SendMessageRequest request;
    request.set_room("lobby");
    request.mutable_author()->set_author_id("a1");
    request.mutable_author()->set_name("Ann");
    request.set_request_id(request_id);
    request.set_body("text");
    return request;
  }
  grpc::Status send(const std::string& request_id, pb::SendMessageResponse* response) {
    const auto call = context();
    return chat_stub_->SendMessage(call.get(), message(request_id), response);
  }
  static pb::AttachRequest hello(const std::string& gateway_id) {
    pb::AttachRequest request;
    request.mutable_hello()->set_gateway_id(gateway_id);
    return request;
  }
  static pb::AttachRequest join(const std::string& room) {
    pb::AttachRequest request;
    request.mutable_join()->set_room(room);
    return request;
  }
  // Until the store has seen `count` calls.
  void wait_for_call(const std::string& operation, int count = 1) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (store_.calls(operation) < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    ASSERT_GE(store_.calls(operation), count);
  }

  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
  SystemRandom random_;
  FakeStore store_;
  FakeBroker broker_;
  Hub hub_{store_, clock_, HubLimits{}};
  ChatRooms chat_{store_, hub_, broker_, random_, logger_};
  FakeTokenSource source_;
  ApiTokenBook tokens_{source_, seconds(30), clock_, logger_};
  const CallAuthority authority_;
  CallGate gate_;
  StreamRegistry registry_{3};
  ApiMetrics metrics_;
  RequestLog requests_{logger_, clock_, milliseconds(0)};
  CallNotes notes_{.metrics = metrics_, .requests = requests_};
  CallEnvironment calls_{.gate = gate_, .authority = authority_, .notes = notes_, .call_limit = seconds(30)};
  StreamEnvironment streams_{.gate = gate_, .registry = registry_, .authority = authority_, .notes = notes_};
  ChatServiceApi chat_service_{chat_, calls_, streams_, 16};
  GatewayServiceApi gateway_service_{chat_, streams_,
                                     AttachOptions{.events_max = 16, .rooms_max = 2, .lease = milliseconds(1'500)},
                                     SendStreamOptions{.under_way_max = 4}, logger_};
  std::unique_ptr<GrpcServer> server_;
  std::string target_;
  std::unique_ptr<pb::ChatService::Stub> chat_stub_;
  std::unique_ptr<pb::GatewayService::Stub> gateway_stub_;
};

class SlowStoreApiTest : public ApiTest {
 protected:
  SlowStoreApiTest() : ApiTest(FakeStore::Answers::kWhenTold) {}
};

}  // namespace parley::backend
