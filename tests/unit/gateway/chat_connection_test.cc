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
  void connect(pb::ConnectRequest request, Executor&, Completion<pb::ConnectResponse> done) override {
    asked.emplace_back("connect");
    author = request.author();
    connects.push_back(std::move(done));
  }
  void disconnect(pb::DisconnectRequest, Executor&, Completion<pb::DisconnectResponse> done) override {
    asked.emplace_back("disconnect");
    done(pb::DisconnectResponse());
  }
  void get_messages(pb::GetMessagesRequest, Executor&, Completion<pb::GetMessagesResponse>) override {}
  void send_message(pb::SendMessageRequest, Executor&, Completion<pb::SendMessageResponse>) override {}
  void set_name(pb::SetNameRequest, Executor&, Completion<pb::SetNameResponse>) override {}
  void resume(pb::ResumeRequest, Executor&, Completion<pb::ResumeResponse>) override {}

  void answer_connect(const absl::Status& status = absl::OkStatus()) {
    Completion<pb::ConnectResponse> done = std::move(connects.front());
    connects.pop_front();
    if (!status.ok()) return done(status);
    pb::ConnectResponse response;
    *response.mutable_author() = author;
    done(std::move(response));
  }

  std::vector<std::string> asked;
  std::deque<Completion<pb::ConnectResponse>> connects;
  pb::Author author;
};

class ChatConnectionTest : public testing::Test {
 protected:
  ChatConnectionTest() {
    connection_->connect([](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
    calls_.answer_connect();
  }

  const SystemClock clock_;
  SystemRandom random_;
  const Logger logger_{"test", LogLevel::kError, clock_};
  NoExecutor executor_;
  NoRegistry registry_;
  HeldCalls calls_;
  HubShard shard_{registry_, 10'000};
  const std::shared_ptr<Departures> departures_ = std::make_shared<Departures>(calls_, executor_, clock_, logger_, 10);
  ConnectionEnvironment environment_{"gateway", {}, calls_, shard_, *departures_, executor_, random_, clock_, logger_};
  const std::shared_ptr<ChatConnection> connection_ = std::make_shared<ChatConnection>(
      environment_, ConnectParameters{"garden", {}, &wire_format(WireFormatId::kJson)});
};

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

}  // namespace
}  // namespace parley::gateway
