// The model of the page: one room over one connection at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chat/v1/frame.pb.h"
#include "common/clock.h"
#include "common/random.h"
#include "web/model/chat_model.h"
#include "web/model/commands.h"
#include "web/model/draft.h"
#include "web/model/history_pager.h"
#include "web/model/identity.h"
#include "web/model/link_controller.h"
#include "web/model/message_sender.h"
#include "web/model/name_keeper.h"
#include "web/model/outbox.h"
#include "web/model/page_update.h"
#include "web/model/people.h"
#include "web/model/ports.h"
#include "web/model/stream_tracker.h"
#include "web/model/timeline.h"
#include "web/model/unread.h"

namespace parley::web {

// All outlive the model.
struct Ports {
  Transport& transport;
  Storage& storage;
  Timers& timers;
  const Clock& clock;
  RandomSource& random;
  PageSource& page;
};

// Messages written earlier and still unsent are there from the beginning. A message is sent only after the room is
// subscribed, so that its event cannot be missed.
class RoomChat final : public ChatModel, private LinkListener {
 public:
  // With more stored messages than this, the oldest are dropped down to the second number: while the end of the list is
  // being read; and while something further up may be.
  static constexpr std::size_t kHeldMost = 1'000;
  static constexpr std::size_t kKept = 500;
  static constexpr std::size_t kHeldMostReadingBack = 10'000;
  static constexpr std::size_t kKeptReadingBack = 9'000;

  // `room` is a valid room name.
  RoomChat(const Ports& ports, std::string_view room);

  // Once: connects. `decided` is called when the room is there, or when the first attempt has come to nothing.
  void start(bool online, std::function<void()> decided = nullptr);
  // What the browser says of its network and of the page.
  void set_online(bool online) { link_.set_online(online); }
  void page_shown() { link_.page_shown(); }
  void page_hidden() { page_update_.page_hidden(); }

  void observe(ChatObserver* observer) override;
  const std::string& room() const override { return room_; }
  const std::string& own_name() const override { return identity_.name(); }
  std::size_t item_count() const override { return timeline_.size(); }
  const TimelineItem& item(std::size_t index) const override { return timeline_.item(index); }
  Link link() const override { return link_.link(); }
  std::size_t people_count() const override { return people_.count(); }
  std::size_t known_people() const override { return people_.known(); }
  const Person& person(std::size_t index) const override { return people_.at(index); }
  History history() const override { return pager_.state(); }
  std::size_t unread() const override { return unread_.count(); }

  TextProblem send(std::string_view body) override;
  void retry(std::string_view key) override;
  void discard(std::string_view key) override;
  void load_older() override;
  TextProblem set_own_name(std::string_view name) override;
  void keep_own_name() override;
  void set_reading_end(bool reading) override;
  std::string draft() const override { return draft_.text(); }
  void set_draft(std::string_view text) override { draft_.set(text); }
  bool page_update_offered() const override { return page_update_.offered(); }
  void accept_page_update() override { page_update_.accept(); }

 private:
  std::string link_query() override;
  void link_opened() override;
  void link_received(std::string_view bytes) override;
  void link_lost() override;
  void link_doubtful() override;
  void link_changed() override;

  void take_reply(const chat::v1::Reply& reply);
  void take_push(const chat::v1::Push& push);
  void take_welcome(const chat::v1::Welcome& welcome);
  void take_event(const chat::v1::Event& event);
  void take_subscribed(const chat::v1::Reply& reply);
  void take_page(const chat::v1::Reply& reply);
  void take_sent(const chat::v1::Reply& reply);
  void take_named(const chat::v1::Reply& reply);
  void take_name_refusal(std::string_view reason);
  // Nothing is sent until the person has chosen.
  void ask_for_another_name(const std::string& taken);
  void take_presence(const chat::v1::Presence& presence);

  void drop_oldest();
  void subscribe();
  void begin_again();
  void request_page();
  void transmit(const UnsentMessage& message);
  void transmit_name(const std::string& name);
  void update_sender();
  void message_stored(const std::string& request_id);
  void add_unsent(const UnsentMessage& message);
  std::size_t count_new(const std::vector<StoredMessage>& messages) const;
  void count_unread(std::size_t messages);
  PageUpdate::Use page_use() const;
  void tell(void (ChatObserver::*notification)());

  const Clock& clock_;
  RandomSource& random_;
  std::string room_;
  ChatObserver* observer_ = nullptr;
  Identity identity_;
  Draft draft_;
  Outbox outbox_;
  Timeline timeline_;
  StreamTracker tracker_;
  HistoryPager pager_;
  People people_;
  Unread unread_;
  Commands commands_;
  MessageSender sender_;
  NameKeeper name_keeper_;
  LinkController link_;
  PageUpdate page_update_;
  std::function<void()> decided_;
  // The first address is one that web/head_start.js knows: it asks for the room's messages, and is without a name,
  // which as a rule the person's session has.
  bool is_first_connection_ = true;
  std::string asked_subscribe_;  // the request_id in the address of this connection
  std::string asked_name_;       // the name in it
  std::string earlier_name_;     // the choice before the last one
  bool name_is_taken_ = false;   // nothing is sent until another one is chosen
  bool subscribed_ = false;      // on this connection, and no new subscription is under way
  bool gap_before_ = false;      // the last subscription was made for a gap, and no event has fitted since
};

}  // namespace parley::web
