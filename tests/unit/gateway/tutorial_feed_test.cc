// How a socket of the tutorial's contract catches up: from a history in memory, over a socket that is full when the
// test says so.
#include "gateway/routes/tutorial_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace parley::gateway {
namespace {

constexpr std::int64_t kResumeChangesMax = 100;
constexpr std::int64_t kHistory = 6'000;

class InlineRegistry final : public RegistryPort {
 public:
  void acquire(std::string /*room*/, Generation generation) override { last = generation; }
  void release(std::string /*room*/, Generation /*generation*/) override {}
  Generation last = 0;
};

class NoExecutor final : public Executor {
 public:
  void post(absl::AnyInvocable<void()> /*work*/) override {}
};

// A room of `head` messages, one change each. Answers when the test says so.
class History final : public ChatCalls {
 public:
  void connect(pb::ConnectRequest, const CallOrigin&, ConnectCompletion) override {}
  void disconnect(pb::DisconnectRequest, const CallOrigin&, Completion<pb::DisconnectResponse>) override {}
  void send_message(pb::SendMessageRequest, const CallOrigin&, Completion<pb::SendMessageResponse>) override {}
  void set_name(pb::SetNameRequest, const CallOrigin&, Completion<pb::SetNameResponse>) override {}
  void get_messages(pb::GetMessagesRequest request, const CallOrigin&,
                    Completion<pb::GetMessagesResponse> done) override {
    waiting.emplace_back([this, request = std::move(request), done = std::move(done)]() mutable {
      std::int64_t before = 0;
      const std::string& token = request.page_token();
      std::from_chars(token.data(), token.data() + token.size(), before);
      pb::GetMessagesResponse page;
      page.set_previous_page_token(fill(*page.mutable_messages(), before, request.page_size()));
      done(std::move(page));
    });
  }
  void resume(pb::ResumeRequest request, const CallOrigin&, Completion<pb::ResumeResponse> done) override {
    waiting.emplace_back([this, request = std::move(request), done = std::move(done)]() mutable {
      pb::ResumeResponse response;
      response.mutable_position()->set_epoch("epoch");
      response.mutable_position()->set_offset(head);
      const std::int64_t gap = head - request.position().offset();
      response.set_reset(gap > kResumeChangesMax);
      const int size = response.reset() ? request.page_size() : static_cast<int>(gap);
      const std::string previous = fill(*response.mutable_messages(), head + 1, size);
      if (response.reset()) response.set_previous_page_token(previous);
      done(std::move(response));
    });
  }

  void answer() {
    auto next = std::move(waiting.front());
    waiting.pop_front();
    next();
  }

  std::int64_t head = 0;
  std::deque<absl::AnyInvocable<void()>> waiting;

 private:
  static std::string fill(google::protobuf::RepeatedPtrField<pb::Message>& messages, std::int64_t before, int size) {
    const std::int64_t first = std::max<std::int64_t>(before - size, 1);
    for (std::int64_t offset = first; offset < before; ++offset) {
      pb::Message& message = *messages.Add();
      message.set_offset(offset);
      message.set_change_offset(offset);
      message.set_body("x");
    }
    return first > 1 ? std::to_string(first) : std::string();
  }
};

class Socket final : public Outlet {
 public:
  bool offer(const Frame& frame) override {
    if (is_full()) return false;
    send(frame);
    return true;
  }
  void send(const Frame& frame) override {
    const std::size_t begin = frame->find("\"id\":\"") + 6;
    got.push_back(std::stoll(frame->substr(begin)));
  }
  bool is_full() const override { return is_full_ || got.size() - read >= messages_max; }

  std::vector<std::int64_t> got;
  std::size_t read = 0;  // of them, by the client
  std::size_t messages_max = 1'000'000;
  bool is_full_ = false;
};

class TutorialFeedTest : public testing::Test {
 protected:
  TutorialFeedTest() {
    feed_->start([](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
    make_live(0);
  }
  ~TutorialFeedTest() override { feed_->stop(); }

  void make_live(std::int64_t offset) {
    pb::StreamPosition position;
    position.set_epoch("epoch");
    position.set_offset(offset);
    shard_.room_live("den", registry_.last, position);
  }
  void tell(std::int64_t offset) {
    pb::Event event;
    event.set_room("den");
    event.mutable_position()->set_epoch("epoch");
    event.mutable_position()->set_offset(offset);
    event.mutable_message()->set_offset(offset);
    event.mutable_message()->set_change_offset(offset);
    shard_.room_events(std::vector{std::make_shared<const RoomEvent>(std::move(event))});
  }
  // While the socket is full, the room goes on up to kHistory. Then half of the queue has left.
  void fall_behind() {
    socket_.is_full_ = true;
    tell(1);
    calls_.head = kHistory;
    socket_.is_full_ = false;
    feed_->drained();
    make_live(calls_.head);
    ASSERT_EQ(calls_.waiting.size(), 1U) << "Resume";
  }
  std::vector<std::int64_t> all() const {
    std::vector<std::int64_t> offsets(static_cast<std::size_t>(calls_.head));
    for (std::size_t index = 0; index < offsets.size(); ++index) offsets[index] = static_cast<std::int64_t>(index) + 1;
    return offsets;
  }

  const SystemClock clock_;
  SystemRandom random_;
  const Logger logger_{"test", LogLevel::kError, clock_};
  NoExecutor executor_;
  InlineRegistry registry_;
  History calls_;
  Socket socket_;
  HubShard shard_{registry_, 1'000'000, clock_};
  const std::shared_ptr<Departures> departures_ = std::make_shared<Departures>(calls_, executor_, clock_, logger_, 10);
  ConnectionMetrics metrics_;
  RoomShares room_shares_{100};
  const RequestLog requests_{logger_, clock_, std::chrono::milliseconds(0)};
  ConnectionEnvironment environment_{"gateway", {},     calls_,  shard_,   *departures_, executor_,
                                     random_,   clock_, logger_, metrics_, requests_,    room_shares_};
  const std::shared_ptr<TutorialFeed> feed_ =
      std::make_shared<TutorialFeed>(environment_, wire_format(WireFormatId::kTutorial), socket_, "den");
};

TEST_F(TutorialFeedTest, WhoeverFellFarBehindGetsEverythingOnceAndInOrder) {
  fall_behind();
  while (!calls_.waiting.empty()) calls_.answer();
  EXPECT_EQ(socket_.got, all());
  calls_.head += 1;
  tell(calls_.head);
  EXPECT_EQ(socket_.got, all()) << "and goes on live";
}

TEST_F(TutorialFeedTest, APageIsReadWhenTheSocketHasRoomForIt) {
  socket_.messages_max = 100;
  fall_behind();
  int rounds = 0;
  for (; socket_.got.size() < static_cast<std::size_t>(kHistory) && rounds < 100; ++rounds) {
    while (!calls_.waiting.empty()) calls_.answer();
    ASSERT_LE(socket_.got.size() - socket_.read, 600U) << "more than a page waits for a socket that does not read";
    socket_.read = socket_.got.size();
    feed_->writable();
  }
  EXPECT_EQ(socket_.got, all());
  EXPECT_GT(rounds, 10);
}

TEST_F(TutorialFeedTest, NothingIsAskedForWhileTheSocketIsFull) {
  fall_behind();
  calls_.answer();
  socket_.is_full_ = true;
  while (!calls_.waiting.empty()) calls_.answer();
  EXPECT_TRUE(socket_.got.empty());
  socket_.is_full_ = false;
  feed_->writable();
  while (!calls_.waiting.empty()) calls_.answer();
  EXPECT_EQ(socket_.got, all());
}

TEST_F(TutorialFeedTest, WhatCameMeanwhileFollows) {
  fall_behind();
  calls_.answer();
  for (int count = 0; count < 3; ++count) tell(++calls_.head);
  while (!calls_.waiting.empty()) calls_.answer();
  EXPECT_EQ(socket_.got, all());
}

// Its answers come while the next one is under way already, or never.
TEST_F(TutorialFeedTest, ACatchUpThatBeginsAnewGoesOnFromWhereItWas) {
  fall_behind();
  while (socket_.got.empty()) calls_.answer();
  const std::size_t had = socket_.got.size();
  ASSERT_FALSE(calls_.waiting.empty());
  feed_->room_refused("den", absl::UnavailableError("gone"));
  feed_->sweep(clock_.steady_now() + std::chrono::seconds(2));
  while (!calls_.waiting.empty()) calls_.answer();
  EXPECT_GT(socket_.got.size(), had);
  EXPECT_EQ(socket_.got, all());
}

}  // namespace
}  // namespace parley::gateway
