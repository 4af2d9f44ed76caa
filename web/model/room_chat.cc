#include "web/model/room_chat.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "web/model/frames.h"
#include "web/model/query.h"
#include "web/model/refusals.h"

namespace parley::web {
namespace pb = chat::v1;
namespace {

std::int64_t unix_ms(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.system_now().time_since_epoch()).count();
}

}  // namespace

RoomChat::RoomChat(const Ports& ports, std::string_view room)
    : clock_(ports.clock),
      random_(ports.random),
      room_(room),
      identity_(ports.storage, ports.random),
      draft_(ports.storage, room),
      outbox_(ports.storage, room),
      timeline_([this](const std::string& request_id) { message_stored(request_id); }),
      commands_(ports.timers, ports.clock, [this] { link_.drop(); }),
      sender_(outbox_, ports.timers, ports.random, [this](const UnsentMessage& message) { transmit(message); }),
      name_keeper_(ports.timers, [this](const std::string& name) { transmit_name(name); }),
      link_(ports.transport, ports.timers, ports.clock, ports.random, *this),
      page_update_(
          ports.page, ports.timers, ports.random, [this] { return page_use(); },
          [this] { tell(&ChatObserver::page_update_changed); }) {
  timeline_.set_own_author(identity_.author_id());
  name_keeper_.choose(identity_.name());
  for (const UnsentMessage& message : outbox_.messages()) add_unsent(message);
}

void RoomChat::start(bool online, std::function<void()> decided) {
  decided_ = std::move(decided);
  link_.start(online);
}

void RoomChat::observe(ChatObserver* observer) {
  observer_ = observer;
  timeline_.observe(observer);
}

TextProblem RoomChat::send(std::string_view body) {
  const TextProblem problem = check_body(body);
  if (problem != TextProblem::kNone) return problem;
  add_unsent(outbox_.add(make_id(random_), body, unix_ms(clock_)));
  sender_.check();
  return TextProblem::kNone;
}

void RoomChat::retry(std::string_view key) {
  const std::string request_id = timeline_.request_id_of_unsent(key);
  const UnsentMessage* message = outbox_.find(request_id);
  if (message == nullptr || message->failure.empty()) return;
  outbox_.revive(request_id);
  timeline_.set_delivery(request_id, Delivery::kSending, {});
  sender_.check();
}

void RoomChat::discard(std::string_view key) {
  const std::string request_id = timeline_.request_id_of_unsent(key);
  const UnsentMessage* message = outbox_.find(request_id);
  if (message == nullptr || message->failure.empty()) return;
  outbox_.remove(request_id);
  timeline_.remove_unsent(request_id);
}

void RoomChat::load_older() {
  if (!pager_.ask()) return;
  if (subscribed_) request_page();
  tell(&ChatObserver::history_changed);
}

TextProblem RoomChat::set_own_name(std::string_view name) {
  const std::string earlier = identity_.name();
  const TextProblem problem = identity_.set_name(name);
  if (problem != TextProblem::kNone) return problem;
  earlier_name_ = earlier;
  name_is_taken_ = false;
  name_keeper_.choose(identity_.name());
  update_sender();
  tell(&ChatObserver::own_name_changed);
  return TextProblem::kNone;
}

void RoomChat::keep_own_name() {
  name_is_taken_ = false;
  update_sender();
}

void RoomChat::set_reading_end(bool reading) {
  if (unread_.set_reading_end(reading)) tell(&ChatObserver::unread_changed);
}

std::string RoomChat::link_query() {
  const bool is_first = std::exchange(is_first_connection_, false);
  asked_name_ = is_first ? std::string() : identity_.name();
  asked_subscribe_ = is_first ? commands_.next_id() : std::string();
  std::string query = "room=" + percent_encode(room_);
  if (is_first) query += "&subscribe=" + asked_subscribe_ + "&page_size=" + std::to_string(kResetMessages);
  if (!asked_name_.empty()) query += "&name=" + percent_encode(asked_name_);
  return query;
}

void RoomChat::link_opened() {
  if (asked_subscribe_.empty()) return subscribe();
  commands_.sent(asked_subscribe_, Command::kSubscribe);
}

void RoomChat::link_received(std::string_view bytes) {
  const std::optional<pb::ServerFrame> frame = parse_frame(bytes);
  if (!frame) {
    link_.drop();
  } else if (frame->has_reply()) {
    take_reply(frame->reply());
  } else if (frame->has_push()) {
    take_push(frame->push());
  }
}

void RoomChat::link_lost() {
  subscribed_ = false;
  gap_before_ = false;
  commands_.clear();
  sender_.pause();
  name_keeper_.disconnected();
}

void RoomChat::link_doubtful() {
  if (commands_.waits_for(Command::kProbe)) return;
  const std::string request_id = commands_.next_id();
  commands_.sent(request_id, Command::kProbe);
  link_.send(probe_frame(request_id, room_));
}

void RoomChat::link_changed() {
  tell(&ChatObserver::link_changed);
  if (decided_ && link_.link().state != LinkState::kConnecting) std::exchange(decided_, nullptr)();
}

void RoomChat::subscribe() {
  subscribed_ = false;
  update_sender();
  commands_.forget(Command::kSubscribe);
  const std::string request_id = commands_.next_id();
  commands_.sent(request_id, Command::kSubscribe);
  link_.send(subscribe_frame(request_id, room_, tracker_.position()));
}

// Twice in a row for the same hole is no way out of it: then a new connection, after a wait.
void RoomChat::begin_again() {
  if (std::exchange(gap_before_, true)) {
    link_.drop();
  } else {
    subscribe();
  }
}

void RoomChat::request_page() {
  const std::string request_id = commands_.next_id();
  commands_.sent(request_id, Command::kGetMessages);
  link_.send(get_messages_frame(request_id, room_, pager_.page_token()));
}

void RoomChat::transmit(const UnsentMessage& message) {
  commands_.sent(message.request_id, Command::kSendMessage);
  link_.send(send_message_frame(message.request_id, room_, message.body, message.time_ms));
}

void RoomChat::transmit_name(const std::string& name) {
  const std::string request_id = commands_.next_id();
  commands_.sent(request_id, Command::kSetName);
  link_.send(set_name_frame(request_id, name));
}

void RoomChat::update_sender() {
  if (subscribed_ && !name_keeper_.busy() && !name_is_taken_) {
    sender_.resume();
  } else {
    sender_.hold();
  }
}

void RoomChat::message_stored(const std::string& request_id) {
  outbox_.remove(request_id);
  sender_.done(request_id);
}

void RoomChat::add_unsent(const UnsentMessage& message) {
  TimelineItem item;
  item.author_id = identity_.author_id();
  item.author_name = identity_.name();
  item.body = message.body;
  item.time_ms = message.time_ms;
  item.delivery = message.failure.empty() ? Delivery::kSending : Delivery::kFailed;
  item.failure = message.failure;
  timeline_.add_unsent(std::move(item), message.request_id);
}

// Others' messages that were posted after what has been seen.
std::size_t RoomChat::count_new(const std::vector<StoredMessage>& messages) const {
  if (!tracker_.position()) return 0;
  const std::int64_t seen = tracker_.position()->offset;
  return static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(), [this, seen](const auto& message) {
    return message.offset > seen && message.author_id != identity_.author_id();
  }));
}

void RoomChat::count_unread(std::size_t messages) {
  if (unread_.came(messages)) tell(&ChatObserver::unread_changed);
}

PageUpdate::Use RoomChat::page_use() const {
  if (!draft_.stored() || !outbox_.stored()) return PageUpdate::Use::kUnsaved;
  const bool is_engaged = observer_ != nullptr && observer_->engaged();
  const bool is_idle = draft_.text().empty() && outbox_.messages().empty() && !is_engaged;
  return is_idle ? PageUpdate::Use::kIdle : PageUpdate::Use::kBusy;
}

void RoomChat::tell(void (ChatObserver::*notification)()) {
  if (observer_ != nullptr) (observer_->*notification)();
}

}  // namespace parley::web
