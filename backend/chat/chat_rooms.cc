#include "backend/chat/chat_rooms.h"

#include <memory>
#include <utility>

#include "backend/chat/page_token.h"
#include "backend/chat/validation.h"

namespace parley::backend {
namespace {

constexpr std::size_t kGuestMarkSize = 4;

// `Guest-` and four characters that are easy to tell apart.
std::string make_guest_name(RandomSource& random) {
  constexpr std::string_view kCharacters = "abcdefghjkmnpqrstuvwxyz23456789";
  std::string name = "Guest-";
  for (std::size_t index = 0; index < kGuestMarkSize; ++index) {
    name.push_back(kCharacters[random_below(random, kCharacters.size())]);
  }
  return name;
}

template <typename Messages>
void append_all(std::vector<pb::Message>& messages, Messages* target) {
  target->Reserve(static_cast<int>(messages.size()));
  for (pb::Message& message : messages) *target->Add() = std::move(message);
}

// Of the page before `messages`, which are in the order of their offsets.
std::string earlier_page_token(const std::string& room, const std::vector<pb::Message>& messages, bool has_earlier) {
  if (!has_earlier || messages.empty()) return "";
  return make_page_token(room, PageCursor{.before_offset = messages.front().offset()});
}

// Takes the message out of `stored`.
SharedEvent make_event(StoredMessage& stored) {
  auto event = std::make_shared<pb::Event>();
  event->set_room(stored.message.room());
  event->mutable_position()->set_epoch(std::move(stored.epoch));
  event->mutable_position()->set_offset(stored.message.change_offset());
  *event->mutable_message() = std::move(stored.message);
  return event;
}

}  // namespace

ChatRooms::ChatRooms(Store& store, Hub& hub, Broker& broker, RandomSource& random, const Logger& logger)
    : store_(store), hub_(hub), broker_(broker), random_(random), logger_(logger) {}

void ChatRooms::connect(pb::ConnectRequest request, CallLimit limit, Completion<pb::ConnectResponse> done) {
  pb::Author& author = *request.mutable_author();
  // One that shows nothing at all is none.
  author.set_name(kept_name(author.name()));
  if (absl::Status checked = check(request); !checked.ok()) return done(std::move(checked));
  if (author.author_id().empty()) author.set_author_id(make_id(random_));
  if (author.name().empty()) author.set_name(make_guest_name(random_));
  const std::string room = request.room();
  store_.connect(std::move(request), std::move(limit),
                 [this, room, done = std::move(done)](absl::StatusOr<StoredConnection> stored) mutable {
                   if (!stored.ok()) return done(stored.status());
                   if (stored->is_new) announce_presence(room);
                   announce_departures(stored->left_rooms);
                   pb::ConnectResponse response;
                   *response.mutable_author() = std::move(stored->author);
                   done(std::move(response));
                 });
}

void ChatRooms::disconnect(pb::DisconnectRequest request, CallLimit limit, Completion<pb::DisconnectResponse> done) {
  if (absl::Status checked = check(request); !checked.ok()) return done(std::move(checked));
  const std::string room = request.room();
  store_.disconnect(std::move(request), std::move(limit),
                    [this, room, done = std::move(done)](absl::StatusOr<RemovedConnection> removed) mutable {
                      if (!removed.ok()) return done(removed.status());
                      if (removed->existed) announce_presence(room);
                      done(pb::DisconnectResponse());
                    });
}

void ChatRooms::set_name(pb::SetNameRequest request, CallLimit limit, Completion<pb::SetNameResponse> done) {
  request.set_name(kept_name(request.name()));
  if (absl::Status checked = check(request); !checked.ok()) return done(std::move(checked));
  const std::string room = request.room();
  store_.set_name(std::move(request), std::move(limit),
                  [this, room, done = std::move(done)](absl::StatusOr<pb::Author> author) mutable {
                    if (!author.ok()) return done(author.status());
                    announce_presence(room);
                    pb::SetNameResponse response;
                    *response.mutable_author() = *std::move(author);
                    done(std::move(response));
                  });
}

void ChatRooms::get_messages(const pb::GetMessagesRequest& request, CallLimit limit,
                             Completion<pb::GetMessagesResponse> done) {
  if (absl::Status checked = check(request); !checked.ok()) return done(std::move(checked));
  HistoryQuery query{.room = request.room(), .page_size = page_size_or_default(request.page_size())};
  if (!request.page_token().empty()) {
    const absl::StatusOr<PageCursor> cursor = read_page_token(request.room(), request.page_token());
    if (!cursor.ok()) return done(cursor.status());
    query.before_offset = cursor->before_offset;
  }
  store_.read_history(std::move(query), std::move(limit),
                      [room = request.room(), done = std::move(done)](absl::StatusOr<HistoryPage> page) mutable {
                        if (!page.ok()) return done(page.status());
                        pb::GetMessagesResponse response;
                        response.set_previous_page_token(earlier_page_token(room, page->messages, page->has_earlier));
                        append_all(page->messages, response.mutable_messages());
                        done(std::move(response));
                      });
}

void ChatRooms::send(pb::SendMessageRequest request, CallLimit limit, Completion<SentMessage> done) {
  if (request.has_author()) request.mutable_author()->set_name(kept_name(request.author().name()));
  if (absl::Status checked = check(request); !checked.ok()) return done(std::move(checked));
  store_.send_message(std::move(request), std::move(limit),
                      [this, done = std::move(done)](absl::StatusOr<StoredMessage> stored) mutable {
                        if (!stored.ok()) return done(stored.status());
                        SentMessage sent{.event = make_event(*stored), .is_new = stored->is_new};
                        (sent.is_new ? metrics_.messages : metrics_.repeats).add();
                        if (sent.is_new) announce_change(sent.event);
                        done(std::move(sent));
                      });
}

void ChatRooms::send_message(pb::SendMessageRequest request, CallLimit limit,
                             Completion<pb::SendMessageResponse> done) {
  send(std::move(request), std::move(limit), [done = std::move(done)](const absl::StatusOr<SentMessage>& sent) mutable {
    if (!sent.ok()) return done(sent.status());
    pb::SendMessageResponse response;
    *response.mutable_message() = sent->event->message();
    response.set_epoch(sent->event->position().epoch());
    done(std::move(response));
  });
}

void ChatRooms::resume(const pb::ResumeRequest& request, CallLimit limit, Completion<pb::ResumeResponse> done) {
  if (absl::Status checked = check(request); !checked.ok()) return done(std::move(checked));
  ResumeQuery query{.room = request.room(), .position = {}, .page_size = page_size_or_default(request.page_size())};
  if (request.has_position()) query.position = request.position();
  // When a crowd comes back, each of them would have all of them read.
  std::shared_ptr<const pb::Event> crowd = hub_.presence_of_crowd(request.room());
  query.with_presence = crowd == nullptr;
  store_.resume(std::move(query), std::move(limit),
                [this, room = request.room(), crowd = std::move(crowd),
                 done = std::move(done)](absl::StatusOr<ResumePage> page) mutable {
                  if (!page.ok()) return done(page.status());
                  (page->reset ? metrics_.resets : metrics_.resumes).add();
                  pb::ResumeResponse response;
                  *response.mutable_position() = std::move(page->head);
                  response.set_reset(page->reset);
                  if (page->reset) {
                    response.set_previous_page_token(earlier_page_token(room, page->messages, page->has_earlier));
                  }
                  append_all(page->messages, response.mutable_messages());
                  *response.mutable_presence() = crowd == nullptr ? std::move(page->presence) : crowd->presence();
                  done(std::move(response));
                });
}

void ChatRooms::take_lease(const std::string& gateway_id, Completion<LeaseState> done) {
  if (absl::Status checked = check_gateway_id(gateway_id); !checked.ok()) return done(std::move(checked));
  store_.take_lease(gateway_id, [this, done = std::move(done)](absl::StatusOr<LeaseState> lease) mutable {
    if (lease.ok()) announce_departures(lease->left_rooms);
    done(std::move(lease));
  });
}

void ChatRooms::renew_lease(const std::string& gateway_id, std::int64_t lease_number, Completion<Renewal> done) {
  store_.renew_lease(gateway_id, lease_number, std::move(done));
}

void ChatRooms::reap() {
  if (!reaping_.exchange(true)) reap_some();
}

void ChatRooms::reap_some() {
  store_.reap([this](absl::StatusOr<Reaped> reaped) {
    if (!reaped.ok() || reaped->gateways == 0) {
      reaping_ = false;
      return;
    }
    metrics_.gateways_reaped.add(static_cast<std::uint64_t>(reaped->gateways));
    logger_.info("gateways_reaped", {{"gateways", reaped->gateways}, {"rooms", reaped->left_rooms.size()}});
    announce_departures(reaped->left_rooms);
    reap_some();
  });
}

void ChatRooms::announce_presence(const std::string& room) {
  hub_.presence_changed(room);
  metrics_.hints.add();
  broker_.publish(Hint{.kind = HintKind::kPresence, .room = room, .position = {}, .event = nullptr});
}

void ChatRooms::announce_departures(const std::vector<std::string>& rooms) {
  for (const std::string& room : rooms) announce_presence(room);
}

void ChatRooms::announce_change(const SharedEvent& event) {
  hub_.publish(event);
  metrics_.hints.add();
  broker_.publish(
      Hint{.kind = HintKind::kChange, .room = event->room(), .position = event->position(), .event = event});
}

}  // namespace parley::backend
