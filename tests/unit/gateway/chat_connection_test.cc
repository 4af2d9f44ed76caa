// A connection's row, from $connect to $disconnect.
#include "gateway/routes/chat_connection.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace parley::gateway {
namespace {

class NoExecutor final : public Executor {
 public:
  void post(absl::AnyInvocable<void()> /*work*/) override {}
};

class NoRegistry final : public RegistryPort {
 public:
  void acquire(std::string /*room*/, Generation /*generation*/) override {}
  void release(std::string /*room*/, Generation /*generation*/) override {}
};

// Holds the answers to Connect; writes down what it was asked.
class HeldCalls final : public ChatCalls {
 public:
  void connect(pb::ConnectRequest request, const CallOrigin&, ConnectCompletion done) override {
    asked.emplace_back("connect");
    author = request.author();
    connects.push_back(std::move(done));
  }
  void disconnect(pb::DisconnectRequest request, const CallOrigin&, Completion<pb::DisconnectResponse> done) override {
    asked.push_back(request.gateway_id().empty() ? "disconnect" : "disconnect from " + request.gateway_id());
    done(pb::DisconnectResponse());
  }
  void get_messages(pb::GetMessagesRequest, const CallOrigin&, Completion<pb::GetMessagesResponse>) override {}
  void send_message(pb::SendMessageRequest request, const CallOrigin&,
                    Completion<pb::SendMessageResponse> done) override {
    asked.push_back("send " + request.request_id() + " as " + request.author().name());
    if (request.name_is_held()) asked.back() += ", which it holds";
    sends.push_back(std::move(done));
  }
  void set_name(pb::SetNameRequest request, const CallOrigin&, Completion<pb::SetNameResponse> done) override {
    asked.push_back("name " + request.name());
    names.push_back(std::move(done));
  }
  void resume(pb::ResumeRequest, const CallOrigin&, Completion<pb::ResumeResponse>) override {}

  void answer_connect(const absl::Status& status = absl::OkStatus(), Attempts attempts = Attempts::kAllAnswered) {
    ConnectCompletion done = std::move(connects.front());
    connects.pop_front();
    if (!status.ok()) return done(status, attempts);
    pb::ConnectResponse response;
    *response.mutable_author() = author;
    done(std::move(response), attempts);
  }

  void answer_send() {
    Completion<pb::SendMessageResponse> done = std::move(sends.front());
    sends.pop_front();
    done(pb::SendMessageResponse());
  }
  void answer_name(const std::string& name) {
    Completion<pb::SetNameResponse> done = std::move(names.front());
    names.pop_front();
    pb::SetNameResponse response;
    response.mutable_author()->set_name(name);
    done(std::move(response));
  }

  std::vector<std::string> asked;
  std::deque<ConnectCompletion> connects;
  std::deque<Completion<pb::SendMessageResponse>> sends;
  std::deque<Completion<pb::SetNameResponse>> names;
  pb::Author author;
};

class ChatConnectionTest : public testing::Test {
 protected:
  ChatConnectionTest() {
    connection_->connect([](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
    calls_.answer_connect();
  }
  std::shared_ptr<ChatConnection> make_connection() {
    return std::make_shared<ChatConnection>(environment_,
                                            ConnectParameters{"garden", {}, &wire_format(WireFormatId::kJson)});
  }

  const SystemClock clock_;
  SystemRandom random_;
  const Logger logger_{"test", LogLevel::kError, clock_};
  NoExecutor executor_;
  NoRegistry registry_;
  HeldCalls calls_;
  HubShard shard_{registry_, 10'000, clock_};
  const std::shared_ptr<Departures> departures_ = std::make_shared<Departures>(calls_, executor_, clock_, logger_, 10);
  ConnectionMetrics metrics_;
  const RequestLog requests_{logger_, clock_, std::chrono::milliseconds(0)};
  ConnectionEnvironment environment_{"gateway", {},     calls_,  shard_,   *departures_, executor_,
                                     random_,   clock_, logger_, metrics_, requests_};
  const std::shared_ptr<ChatConnection> connection_ = make_connection();
};

class KeptTransport final : public Transport {
 public:
  bool offer(const Frame&) override { return true; }
  void send(const Frame& frame) override { texts.push_back(*frame); }
  void may_read_changed() override {}
  std::vector<std::string> texts;
};

class QuietTransport final : public Transport {
 public:
  bool offer(const Frame&) override { return true; }
  void send(const Frame&) override {}
  void may_read_changed() override {}
};

// Messages do not wait for one another's answers, but a new name waits for theirs, and they for its.
TEST_F(ChatConnectionTest, MessagesAreBegunInOrderAndNamesInTurn) {
  QuietTransport transport;
  connection_->open(transport);
  const auto send = [this](const std::string& id) {
    connection_->receive(Opcode::kText,
                         R"({"action":"send_message","request_id":")" + id + R"(","room":"garden","body":"hi"})");
  };
  calls_.asked.clear();
  send("1");
  send("2");
  connection_->receive(Opcode::kText, R"({"action":"set_name","request_id":"3","name":"Zoe"})");
  send("4");
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"send 1 as , which it holds", "send 2 as , which it holds"}));
  calls_.answer_send();
  EXPECT_EQ(calls_.asked.size(), 2U);
  calls_.answer_send();
  EXPECT_EQ(calls_.asked.back(), "name Zoe");
  calls_.answer_name("Zoe");
  EXPECT_EQ(calls_.asked.back(), "send 4 as Zoe, which it holds");
  EXPECT_EQ(connection_->commands_outstanding(), 1U);
  connection_->close();
}

// A name is given for the room of $connect: in any other the backend has to look whose it is.
TEST_F(ChatConnectionTest, ItsNameIsHeldInItsOwnRoomAlone) {
  QuietTransport transport;
  connection_->open(transport);
  calls_.asked.clear();
  for (const std::string room : {"garden", "lobby"}) {
    connection_->receive(Opcode::kText, R"({"action":"send_message","request_id":")" + room + R"(","room":")" + room +
                                            R"(","body":"hi"})");
  }
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"send garden as , which it holds", "send lobby as "}));
  connection_->close();
}

TEST_F(ChatConnectionTest, ASubscriptionInTheAddressIsTheFirstCommand) {
  ConnectParameters parameters{"garden", {}, &wire_format(WireFormatId::kJson)};
  parameters.subscription = std::make_unique<pb::ClientFrame>();
  parameters.subscription->set_request_id("c1");
  parameters.subscription->mutable_subscribe()->set_room("garden");
  const auto connection = std::make_shared<ChatConnection>(environment_, std::move(parameters));
  connection->connect([](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  calls_.answer_connect();
  KeptTransport transport;
  connection->open(transport);
  ASSERT_EQ(transport.texts.size(), 2U);
  EXPECT_NE(transport.texts[0].find(R"("subscribe_request_id":"c1")"), std::string::npos) << transport.texts[0];
  EXPECT_NE(transport.texts[1].find(R"("type":"reply","request_id":"c1")"), std::string::npos) << transport.texts[1];
  connection->close();
}

TEST_F(ChatConnectionTest, ItsRowGoesWithTheSocket) {
  connection_->close();
  connection_->close();
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"connect", "disconnect"}));
}

// A Disconnect that overtook the Connect would leave the row behind for as long as the gateway lives.
TEST_F(ChatConnectionTest, ASocketThatEndsWhileItIsStoredAgainIsRemovedAfterThat) {
  connection_->connect_again(nullptr);
  connection_->close();
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"connect", "connect"}));
  calls_.answer_connect();
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"connect", "connect", "disconnect"}));
}

TEST_F(ChatConnectionTest, SoItIsWhenThatFails) {
  connection_->connect_again(nullptr);
  connection_->close();
  calls_.answer_connect(absl::UnavailableError("no backend"));
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"connect", "connect", "disconnect"}));
}

TEST_F(ChatConnectionTest, ASocketThatEndsWhileItIsStoredIsRemovedAfterThat) {
  const auto early = make_connection();
  early->connect([](const absl::Status&) { ADD_FAILURE() << "nobody waits any more"; });
  early->close();
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"connect", "connect"}));
  calls_.answer_connect();
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"connect", "connect", "disconnect"}));
}

// A backend that was frozen may carry out the attempt after the Disconnect: which therefore says whose it is.
TEST_F(ChatConnectionTest, AnUnansweredAttemptIsForestalled) {
  connection_->connect_again(nullptr);
  calls_.answer_connect(absl::OkStatus(), Attempts::kSomeUnanswered);
  connection_->connect_again(nullptr);
  calls_.answer_connect();
  connection_->close();
  EXPECT_EQ(calls_.asked.back(), "disconnect from gateway");
}

TEST_F(ChatConnectionTest, SoIsOneBehindAFinalRefusal) {
  for (const Attempts attempts : {Attempts::kSomeUnanswered, Attempts::kAllAnswered}) {
    calls_.asked.clear();
    absl::Status refusal;
    make_connection()->connect([&refusal](const absl::Status& status) { refusal = status; });
    calls_.answer_connect(absl::InvalidArgumentError("no"), attempts);
    EXPECT_EQ(refusal.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(calls_.asked.size(), attempts == Attempts::kSomeUnanswered ? 2U : 1U);
  }
}

}  // namespace
}  // namespace parley::gateway
