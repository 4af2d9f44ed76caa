// A model, the world around it, and the server's side of the conversation.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/web/model/fakes.h"
#include "tests/unit/web/model/mirror.h"
#include "web/model/room_chat.h"

namespace parley::web {

namespace pb = chat::v1;

inline constexpr char kEpoch[] = "e1";
// As in web/head_start.js.
inline constexpr char kFirstQuery[] = "room=lobby&subscribe=c1&page_size=100";

class RoomChatFixture : public testing::Test {
 protected:
  RoomChatFixture() {
    storage_.values["parley.author_id"] = "me";
    storage_.values["parley.name"] = "Mia";
    load();
  }
  ~RoomChatFixture() override {
    if (chat_) chat_->observe(nullptr);
  }

  // A new page on the same storage.
  void load() {
    if (chat_) chat_->observe(nullptr);
    mirror_.reset();
    chat_.reset();
    transport_ = std::make_unique<FakeTransport>();
    chat_ = std::make_unique<RoomChat>(Ports{*transport_, storage_, timers_, clock_, random_, page_}, "lobby");
    mirror_ = std::make_unique<Mirror<RoomChat>>(*chat_);
    chat_->observe(mirror_.get());
  }

  // The socket opens and the server says welcome.
  void accept(std::string_view name = "Mia") {
    transport_->accept();
    pb::ServerFrame frame;
    pb::Welcome& welcome = *frame.mutable_push()->mutable_welcome();
    welcome.set_connection_id("c");
    welcome.set_room("lobby");
    *welcome.mutable_author() = author("me", name);
    if (transport_->queries.back() == kFirstQuery) welcome.set_subscribe_request_id("c1");
    transport_->deliver(frame);
  }
  // From nothing to a room whose newest message has this offset, and whose page begins at `first`.
  void connect(std::int64_t last = 0, std::int64_t first = 1, std::string_view token = "") {
    chat_->start(true);
    accept();
    deliver_reset(last, first, token);
  }
  // The next connection after a loss, up to the subscribe command.
  void reconnect() {
    timers_.run_for(1'000);
    accept();
  }

  void deliver_reset(std::int64_t last, std::int64_t first = 1, std::string_view token = "",
                     std::string_view epoch = kEpoch) {
    pb::ServerFrame frame = subscribed(last, epoch);
    frame.mutable_reply()->mutable_subscribe()->set_reset(true);
    frame.mutable_reply()->mutable_subscribe()->set_previous_page_token(std::string(token));
    for (std::int64_t offset = first; offset <= last; ++offset) {
      *frame.mutable_reply()->mutable_subscribe()->add_messages() = message(offset);
    }
    transport_->deliver(frame);
  }
  void deliver_catch_up(std::int64_t last, const std::vector<pb::Message>& messages) {
    pb::ServerFrame frame = subscribed(last, kEpoch);
    for (const pb::Message& missed : messages) *frame.mutable_reply()->mutable_subscribe()->add_messages() = missed;
    transport_->deliver(frame);
  }
  // The answer to the newest subscribe command, or to the one in the address.
  pb::ServerFrame subscribed(std::int64_t last, std::string_view epoch) {
    pb::ServerFrame frame;
    pb::Reply& reply = *frame.mutable_reply();
    const bool is_in_address = sent(pb::ClientFrame::kSubscribe).empty();
    reply.set_request_id(is_in_address ? "c1" : newest(pb::ClientFrame::kSubscribe).request_id());
    reply.mutable_subscribe()->mutable_position()->set_epoch(std::string(epoch));
    reply.mutable_subscribe()->mutable_position()->set_offset(last);
    return frame;
  }
  void deliver_event(const pb::Message& message) {
    pb::ServerFrame frame;
    pb::Event& event = *frame.mutable_push()->mutable_event();
    event.set_room("lobby");
    event.mutable_position()->set_epoch(kEpoch);
    event.mutable_position()->set_offset(message.change_offset());
    *event.mutable_message() = message;
    transport_->deliver(frame);
  }
  void deliver_presence(const std::vector<pb::Author>& authors, int count) {
    pb::ServerFrame frame;
    pb::Event& event = *frame.mutable_push()->mutable_event();
    event.set_room("lobby");
    event.mutable_presence()->set_author_count(count);
    for (const pb::Author& one : authors) *event.mutable_presence()->add_authors() = one;
    transport_->deliver(frame);
  }
  void deliver_sent(const pb::Message& message, std::string_view epoch = kEpoch) {
    pb::ServerFrame frame;
    frame.mutable_reply()->set_request_id(message.request_id());
    *frame.mutable_reply()->mutable_send_message()->mutable_message() = message;
    frame.mutable_reply()->mutable_send_message()->set_epoch(std::string(epoch));
    transport_->deliver(frame);
  }
  void deliver_error(std::string_view request_id, std::string_view reason, bool retryable) {
    pb::ServerFrame frame;
    frame.mutable_reply()->set_request_id(std::string(request_id));
    frame.mutable_reply()->mutable_error()->set_reason(std::string(reason));
    frame.mutable_reply()->mutable_error()->set_retryable(retryable);
    transport_->deliver(frame);
  }

  static pb::Author author(std::string_view id, std::string_view name) {
    pb::Author made;
    made.set_author_id(std::string(id));
    made.set_name(std::string(name));
    return made;
  }
  static pb::Message message(std::int64_t offset, std::string_view author_id = "anna",
                             std::string_view request_id = "") {
    pb::Message made;
    made.set_room("lobby");
    made.set_offset(offset);
    made.set_change_offset(offset);
    *made.mutable_author() = author(author_id, author_id);
    made.set_request_id(request_id.empty() ? "s" + std::to_string(offset) : std::string(request_id));
    made.set_body("text " + std::to_string(offset));
    made.mutable_create_time()->set_seconds(1'700'000'000 + offset);
    made.mutable_create_time()->set_nanos(250'000'000);
    return made;
  }

  std::vector<pb::ClientFrame> sent(pb::ClientFrame::CommandCase command) const {
    std::vector<pb::ClientFrame> found;
    for (const pb::ClientFrame& frame : transport_->sent) {
      if (frame.command_case() == command) found.push_back(frame);
    }
    return found;
  }
  // An empty frame when there is none.
  pb::ClientFrame newest(pb::ClientFrame::CommandCase command) const {
    const std::vector<pb::ClientFrame> found = sent(command);
    EXPECT_FALSE(found.empty()) << "no such command was sent";
    return found.empty() ? pb::ClientFrame() : found.back();
  }
  std::vector<std::string> bodies() const {
    std::vector<std::string> found;
    for (std::size_t index = 0; index < chat_->item_count(); ++index) found.push_back(chat_->item(index).body);
    return found;
  }
  const TimelineItem& last_item() const { return chat_->item(chat_->item_count() - 1); }
  LinkState state() const { return chat_->link().state; }

  ManualClock clock_;
  FakeTimers timers_{clock_};
  FakeStorage storage_;
  FakeRandom random_;
  FakePage page_;
  std::unique_ptr<FakeTransport> transport_;
  std::unique_ptr<RoomChat> chat_;
  std::unique_ptr<Mirror<RoomChat>> mirror_;
};

}  // namespace parley::web
