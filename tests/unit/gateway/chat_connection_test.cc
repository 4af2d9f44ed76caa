// A connection's row, from $connect to $disconnect.
#include "gateway/routes/chat_connection.h"

#include <gtest/gtest.h>

#include <algorithm>
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
  void get_messages(pb::GetMessagesRequest request, const CallOrigin&,
                    Completion<pb::GetMessagesResponse> done) override {
    asked.push_back("page of " + request.room());
    pages.push_back(std::move(done));
  }
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
  void answer_page(std::size_t bytes) {
    Completion<pb::GetMessagesResponse> done = std::move(pages.front());
    pages.pop_front();
    pb::GetMessagesResponse response;
    response.add_messages()->set_body(std::string(bytes, 'x'));
    done(std::move(response));
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
  std::deque<Completion<pb::GetMessagesResponse>> pages;
  pb::Author author;
};

// Stands still until the test moves it.
class StoppedClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override { return {}; }
  std::chrono::steady_clock::time_point steady_now() const override { return now; }
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
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

  std::uint64_t slowed(std::string_view limit) const {
    const auto found = std::find(kPaceLimits.begin(), kPaceLimits.end(), limit);
    return metrics_.slowed.value(static_cast<std::size_t>(found - kPaceLimits.begin()));
  }

  StoppedClock clock_;
  SystemRandom random_;
  const Logger logger_{"test", LogLevel::kError, clock_};
  NoExecutor executor_;
  NoRegistry registry_;
  HeldCalls calls_;
  HubShard shard_{registry_, 10'000, clock_};
  const std::shared_ptr<Departures> departures_ = std::make_shared<Departures>(calls_, executor_, clock_, logger_, 10);
  ConnectionMetrics metrics_;
  RoomShares room_shares_{kRoomsPerAddressMax};
  const RequestLog requests_{logger_, clock_, std::chrono::milliseconds(0)};
  static constexpr std::size_t kRoomsPerAddressMax = 3;
  static constexpr ConnectionLimits kLimits{.commands_outstanding_max = 32,
                                            .commands_per_second_max = 100,
                                            .pages_outstanding_max = 2,
                                            .page_bytes_per_second_max = 1'000,
                                            .rooms_per_connection_max = 4,
                                            .tutorial_history_messages_max = 200,
                                            .call_deadline = std::chrono::seconds(8)};
  ConnectionEnvironment environment_{"gateway", kLimits, calls_,  shard_,   *departures_, executor_,
                                     random_,   clock_,  logger_, metrics_, requests_,    room_shares_};
  const std::shared_ptr<ChatConnection> connection_ = make_connection();
};

class QuietTransport final : public Transport {
 public:
  bool offer(const Frame&) override { return true; }
  void send(const Frame& frame) override { sent.push_back(*frame); }
  bool is_full() const override { return full; }
  void may_read_changed() override {}

  std::vector<std::string> sent;
  bool full = false;
};

std::string get_messages(const std::string& room) {
  return R"({"action":"get_messages","request_id":"1","room":")" + room + R"("})";
}

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

// Pages are large: a socket that asks for many is answered with one after the other.
TEST_F(ChatConnectionTest, PagesAreReadAFewAtATimeInOrder) {
  QuietTransport transport;
  connection_->open(transport);
  calls_.asked.clear();
  for (const char* room : {"a", "b", "c", "d"}) connection_->receive(Opcode::kText, get_messages(room));
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"page of a", "page of b"}));
  EXPECT_EQ(connection_->commands_outstanding(), 4U);
  calls_.answer_page(1);
  EXPECT_EQ(calls_.asked.back(), "page of c");
  calls_.answer_page(1);
  EXPECT_EQ(calls_.asked.size(), 4U);
  connection_->close();
}

TEST_F(ChatConnectionTest, NoPageIsReadForASocketThatDoesNotTakeWhatItHas) {
  QuietTransport transport;
  connection_->open(transport);
  calls_.asked.clear();
  transport.full = true;
  for (const char* room : {"a", "b", "c"}) connection_->receive(Opcode::kText, get_messages(room));
  connection_->sweep(clock_.now);
  EXPECT_TRUE(calls_.asked.empty());
  transport.full = false;
  connection_->writable();
  EXPECT_EQ(calls_.asked, (std::vector<std::string>{"page of a", "page of b"}));
  transport.full = true;
  calls_.answer_page(1);
  calls_.answer_page(1);
  EXPECT_EQ(calls_.asked.size(), 2U);
  EXPECT_EQ(connection_->commands_outstanding(), 1U);
  connection_->close();
  connection_->writable();
  EXPECT_EQ(calls_.asked.back(), "disconnect");
}

TEST_F(ChatConnectionTest, PagesHaveARateInBytes) {
  QuietTransport transport;
  connection_->open(transport);
  calls_.asked.clear();
  connection_->receive(Opcode::kText, get_messages("a"));
  // Ten seconds' worth, and a second's in debt.
  calls_.answer_page(11'000);
  connection_->receive(Opcode::kText, get_messages("b"));
  EXPECT_EQ(calls_.asked, std::vector<std::string>{"page of a"});
  EXPECT_EQ(slowed("page_bytes_per_second_max"), 1U);
  clock_.now += std::chrono::seconds(2);
  connection_->sweep(clock_.now);
  EXPECT_EQ(calls_.asked.back(), "page of b");
  EXPECT_EQ(slowed("page_bytes_per_second_max"), 1U);
  connection_->close();
}

// The room is never joined here: what ends a subscription waits for its begin.
TEST_F(ChatConnectionTest, UnsubscribeWaitsForTheSubscribeBeforeIt) {
  QuietTransport transport;
  connection_->open(transport);
  transport.sent.clear();
  for (const char* room : {"a", "b"}) connection_->receive(Opcode::kText, get_messages(room));
  connection_->receive(Opcode::kText, R"({"action":"subscribe","request_id":"2","room":"den"})");
  connection_->receive(Opcode::kText, R"({"action":"unsubscribe","request_id":"3","room":"den"})");
  EXPECT_TRUE(transport.sent.empty());
  EXPECT_EQ(shard_.room_count(dynamic_cast<Subscriber&>(connection_->feed())), 0U);
  calls_.answer_page(1);
  EXPECT_EQ(shard_.room_count(dynamic_cast<Subscriber&>(connection_->feed())), 1U);
  connection_->close();
}

// Of all connections of an address: a few addresses could use up the gateway's rooms.
TEST_F(ChatConnectionTest, TheRoomsOfAnAddressAreLimited) {
  QuietTransport transport;
  QuietTransport other_transport;
  const auto other = make_connection();
  connection_->open(transport);
  other->open(other_transport);
  const auto subscribe = [](ChatConnection& connection, const std::string& room) {
    connection.receive(Opcode::kText, R"({"action":"subscribe","request_id":"1","room":")" + room + R"("})");
  };
  subscribe(*connection_, "a");
  subscribe(*connection_, "b");
  subscribe(*other, "a");
  other_transport.sent.clear();
  subscribe(*other, "b");
  ASSERT_EQ(other_transport.sent.size(), 1U);
  EXPECT_NE(other_transport.sent.back().find("TOO_MANY_ROOMS"), std::string::npos);
  // What is refused, left or ended takes nothing any more.
  shard_.room_refused("a", 1, absl::UnavailableError("no"));
  connection_->close();
  other_transport.sent.clear();
  subscribe(*other, "a");
  EXPECT_TRUE(other_transport.sent.empty());
  other->close();
  for (int count = 0; count < 3; ++count) EXPECT_TRUE(room_shares_.take(""));
  EXPECT_FALSE(room_shares_.take(""));
}

TEST_F(ChatConnectionTest, NotReadingForCommandsIsCountedOnceAPause) {
  QuietTransport transport;
  connection_->open(transport);
  for (std::size_t count = 0; count < kLimits.commands_outstanding_max; ++count) {
    EXPECT_TRUE(connection_->may_read(clock_.now));
    connection_->receive(Opcode::kText, get_messages("a"));
  }
  EXPECT_FALSE(connection_->may_read(clock_.now));
  EXPECT_FALSE(connection_->may_read(clock_.now));
  EXPECT_EQ(slowed("commands_outstanding_max"), 1U);
  EXPECT_EQ(slowed("commands_per_second_max"), 0U);
  calls_.answer_page(1);
  EXPECT_TRUE(connection_->may_read(clock_.now));
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
  QuietTransport transport;
  connection->open(transport);
  ASSERT_FALSE(transport.sent.empty());
  EXPECT_NE(transport.sent[0].find(R"("subscribe_request_id":"c1")"), std::string::npos) << transport.sent[0];
  EXPECT_EQ(connection->commands_outstanding(), 1U);
  EXPECT_EQ(shard_.room_count(dynamic_cast<Subscriber&>(connection->feed())), 1U);
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
