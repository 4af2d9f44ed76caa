// What RoomChat does with the frames that the server sends.
#include <optional>
#include <string>
#include <vector>

#include "web/model/frames.h"
#include "web/model/refusals.h"
#include "web/model/room_chat.h"

namespace parley::web {
namespace pb = chat::v1;

void RoomChat::take_reply(const pb::Reply& reply) {
  const std::optional<Command> command = commands_.answered(reply.request_id());
  if (!command) return;
  switch (*command) {
    case Command::kSubscribe: return take_subscribed(reply);
    case Command::kGetMessages: return take_page(reply);
    case Command::kSendMessage: return take_sent(reply);
    case Command::kSetName: return take_named(reply);
    case Command::kProbe: return;  // any answer is a sign of life
  }
}

void RoomChat::take_push(const pb::Push& push) {
  if (push.has_welcome()) {
    take_welcome(push.welcome());
  } else if (push.has_event()) {
    if (push.event().room() == room_ && subscribed_) take_event(push.event());
  } else if (push.has_resync()) {
    if (push.resync().room() == room_) subscribe();
  } else if (push.has_page_version()) {
    page_update_.told(push.page_version().version());
  }
}

void RoomChat::take_welcome(const pb::Welcome& welcome) {
  identity_.set_author_id(welcome.author().author_id());
  timeline_.set_own_author(identity_.author_id());
  const std::string& name = welcome.author().name();
  // The session does not have the name, or somebody else does: the next address asks for it.
  if (asked_name_.empty() && !identity_.name().empty() && name != identity_.name()) return link_.connect_anew();
  // Somebody else has the name that the address asked for, or it is not ours to choose: we have been given another one.
  if (!asked_name_.empty() && name != asked_name_ && identity_.name() == asked_name_) {
    identity_.use_name(name);
    name_keeper_.choose(name);
    tell(&ChatObserver::own_name_changed);
  }
  name_keeper_.connected(name);
  update_sender();
  page_update_.told(welcome.page_version());
  // Of an older gateway, which does not know that part of the address.
  const bool is_ignored = !asked_subscribe_.empty() && welcome.subscribe_request_id() != asked_subscribe_;
  if (is_ignored) subscribe();
}

void RoomChat::take_event(const pb::Event& event) {
  if (event.has_presence()) take_presence(event.presence());
  if (!event.has_position()) return;
  const std::size_t is_new = event.has_message() && event.message().author().author_id() != identity_.author_id() &&
                             event.message().offset() == event.position().offset();
  switch (tracker_.advance(stream_position(event.position()))) {
    case StreamTracker::Verdict::kOld: return;
    case StreamTracker::Verdict::kGap: return begin_again();
    case StreamTracker::Verdict::kNext: break;
  }
  gap_before_ = false;
  if (!event.has_message()) return;
  timeline_.apply({stored_message(event.message())}, pager_.state() == History::kComplete);
  count_unread(is_new);
  drop_oldest();
}

// A page that is open for weeks in a busy room needs no more memory than on its first day.
void RoomChat::drop_oldest() {
  const std::size_t held_most = unread_.reading_end() ? kHeldMost : kHeldMostReadingBack;
  if (timeline_.stored_count() <= held_most || pager_.state() == History::kLoading) return;
  pager_.begin_anew();
  timeline_.drop_oldest(unread_.reading_end() ? kKept : kKeptReadingBack);
  tell(&ChatObserver::history_changed);
}

void RoomChat::take_subscribed(const pb::Reply& reply) {
  if (!reply.has_subscribe()) return link_.drop();
  const pb::ResumeResponse& resume = reply.subscribe();
  const std::vector<StoredMessage> messages = stored_messages(resume.messages());
  const Position position = stream_position(resume.position());
  const bool same_epoch = tracker_.position() && tracker_.position()->epoch == position.epoch;
  const std::size_t unread = same_epoch ? count_new(messages) : 0;
  tracker_.begin(position);
  if (resume.reset()) {
    commands_.forget(Command::kGetMessages);
    pager_.begin(resume.previous_page_token());
    timeline_.reset(messages);
    tell(&ChatObserver::history_changed);
  } else {
    timeline_.apply(messages, pager_.state() == History::kComplete);
  }
  take_presence(resume.presence());
  count_unread(unread);
  drop_oldest();
  subscribed_ = true;
  link_.live();
  update_sender();
  if (pager_.state() == History::kLoading && !commands_.waits_for(Command::kGetMessages)) request_page();
}

void RoomChat::take_page(const pb::Reply& reply) {
  if (reply.has_get_messages()) {
    pager_.begin(reply.get_messages().previous_page_token());
    // All of it is held already when reading back has begun anew.
    const bool came = timeline_.prepend(stored_messages(reply.get_messages().messages()));
    if (!came && pager_.ask()) return request_page();
  } else {
    pager_.fail();
  }
  tell(&ChatObserver::history_changed);
}

// The message's own event may have come before, or comes later: the timeline knows it again either way.
void RoomChat::take_sent(const pb::Reply& reply) {
  const std::string& request_id = reply.request_id();
  if (reply.has_send_message()) {
    const bool same_epoch = tracker_.position() && tracker_.position()->epoch == reply.send_message().epoch();
    if (same_epoch) {
      timeline_.apply({stored_message(reply.send_message().message())}, pager_.state() == History::kComplete);
    }
    // Not shown under the key that was sent: of another epoch, or the server stored it for another author.
    if (outbox_.find(request_id) != nullptr) {
      timeline_.remove_unsent(request_id);
      message_stored(request_id);
    }
    if (!same_epoch && subscribed_) begin_again();
  } else if (outbox_.find(request_id) == nullptr) {
    return;
  } else if (reply.error().retryable()) {
    sender_.again_later(request_id);
  } else {
    const std::string_view sentence = refusal_sentence(reply.error().reason());
    outbox_.fail(request_id, sentence);
    timeline_.set_delivery(request_id, Delivery::kFailed, sentence);
    // Before the next one goes: it would fare no better.
    if (reply.error().reason() == "NAME_IN_USE") ask_for_another_name(identity_.name());
    sender_.done(request_id);
  }
}

void RoomChat::take_named(const pb::Reply& reply) {
  if (reply.has_set_name()) {
    name_keeper_.accepted();
  } else {
    take_name_refusal(reply.error().reason());
  }
  update_sender();
}

void RoomChat::take_name_refusal(std::string_view reason) {
  const bool is_taken = reason == "NAME_IN_USE";
  if (!is_taken && reason != "NAME_FIXED") return name_keeper_.refused();
  const std::string refused = identity_.name();
  name_keeper_.taken();
  if (is_taken) {
    identity_.forget_choice(earlier_name_);
  } else {
    identity_.use_name(name_keeper_.confirmed());
  }
  tell(&ChatObserver::own_name_changed);
  if (is_taken) ask_for_another_name(refused);
}

void RoomChat::ask_for_another_name(const std::string& taken) {
  if (observer_ == nullptr) return;
  name_is_taken_ = true;
  update_sender();
  observer_->own_name_taken(taken);
}

void RoomChat::take_presence(const pb::Presence& presence) {
  people_.replace(presence, identity_.author_id());
  tell(&ChatObserver::people_changed);
}

}  // namespace parley::web
