#include "gateway/routes/room_feed.h"

#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/text_errors.h"

namespace parley::gateway {

pb::Reply error_reply(const absl::Status& status) {
  pb::Reply reply;
  pb::Error& error = *reply.mutable_error();
  error.set_code(std::string(error_code_name(status.code())));
  error.set_reason(std::string(error_reason(status)));
  error.set_message(std::string(status.message()));
  error.set_retryable(is_retryable(status));
  return reply;
}

RoomFeed::RoomFeed(ConnectionEnvironment& environment, const WireFormat& format, Outlet& outlet, std::string client)
    : environment_(environment), format_(format), outlet_(&outlet), client_(std::move(client)) {}

void RoomFeed::start(absl::AnyInvocable<void(absl::Status)> ready) { ready(absl::OkStatus()); }

void RoomFeed::subscribe(pb::SubscribeCommand command, const TraceContext& trace, ReplyDone done) {
  const std::string room = command.room();
  if (const absl::Status checked = validate_room(room); !checked.ok()) return done(error_reply(checked));
  const bool counted = work_.contains(room) || environment_.shard.is_subscribed(*this, room);
  if (!counted && room_count() >= environment_.limits.rooms_per_connection_max) {
    return done(error_reply(make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_ROOMS",
                                       "this connection is subscribed to as many rooms as it may be")));
  }
  if (!counted && !environment_.room_shares.take(client_)) {
    return done(error_reply(make_error(absl::StatusCode::kResourceExhausted, "TOO_MANY_ROOMS",
                                       "the connections of this address are in as many rooms as they may be")));
  }
  if (!counted) ++share_;
  add(room, Work{Kind::kSubscribe, std::move(command), std::move(done), trace, {}, false});
}

void RoomFeed::unsubscribe(pb::UnsubscribeCommand command, ReplyDone done) {
  if (const absl::Status checked = validate_room(command.room()); !checked.ok()) return done(error_reply(checked));
  add(command.room(), Work{Kind::kUnsubscribe, {}, std::move(done), {}, {}, false});
}

void RoomFeed::add(const std::string& room, Work work) {
  WorkQueue& queue = work_[room];
  queue.push_back(std::move(work));
  if (queue.size() == 1) begin(room);
}

void RoomFeed::begin(const std::string& room) {
  Work& work = work_.at(room).front();
  if (work.kind == Kind::kUnsubscribe) {
    environment_.shard.unsubscribe(*this, room);
    pb::Reply reply;
    reply.mutable_unsubscribe();
    return finish(room, std::move(reply));
  }
  work.join_by = environment_.clock.steady_now() + environment_.limits.call_deadline;
  environment_.shard.subscribe(*this, room);
}

void RoomFeed::room_ready(const std::string& room, std::uint64_t token, const pb::StreamPosition&) {
  const auto found = work_.find(room);
  if (found == work_.end()) return;
  Work& work = found->second.front();
  work.joined = true;
  pb::ResumeRequest request;
  request.set_room(room);
  if (work.command.has_position()) *request.mutable_position() = work.command.position();
  request.set_page_size(work.command.page_size());
  environment_.calls.resume(std::move(request), {environment_.executor, work.trace},
                            [weak = weak_from_this(), room, token](absl::StatusOr<pb::ResumeResponse> response) {
                              const std::shared_ptr<RoomFeed> feed = weak.lock();
                              if (feed != nullptr && feed->outlet_ != nullptr)
                                feed->resume_done(room, token, std::move(response));
                            });
}

void RoomFeed::resume_done(const std::string& room, std::uint64_t token, absl::StatusOr<pb::ResumeResponse> response) {
  if (!response.ok()) {
    environment_.shard.unsubscribe(*this, room);
    return finish(room, error_reply(response.status()));
  }
  const pb::StreamPosition position = response->position();
  pb::Reply reply;
  *reply.mutable_subscribe() = *std::move(response);
  ReplyDone done = std::move(work_.at(room).front().done);
  done(std::move(reply));
  if (outlet_ == nullptr) return;
  environment_.shard.resumed(*this, room, token, position);
  finish(room, {});
}

// Answers the work under way, unless that was done before, and begins the next.
void RoomFeed::finish(const std::string& room, pb::Reply reply) {
  const auto found = work_.find(room);
  ReplyDone done = std::move(found->second.front().done);
  found->second.pop_front();
  const bool more = !found->second.empty();
  if (!more) work_.erase(found);
  if (done) done(std::move(reply));
  if (more && outlet_ != nullptr) begin(room);
  settle_share();
}

std::size_t RoomFeed::room_count() const {
  std::size_t rooms = environment_.shard.room_count(*this);
  for (const auto& [waiting, queue] : work_) rooms += environment_.shard.is_subscribed(*this, waiting) ? 0 : 1;
  return rooms;
}

void RoomFeed::settle_share() {
  const std::size_t rooms = outlet_ == nullptr ? 0 : room_count();
  if (share_ <= rooms) return;
  environment_.room_shares.give_back(client_, share_ - rooms);
  share_ = rooms;
}

void RoomFeed::room_refused(const std::string& room, const absl::Status& status) {
  if (work_.contains(room)) return finish(room, error_reply(status));
  settle_share();
}

void RoomFeed::room_lost(const std::string& room, const pb::StreamPosition& position) {
  if (outlet_ == nullptr) return;
  settle_share();
  pb::Push push;
  push.mutable_resync()->set_room(room);
  *push.mutable_resync()->mutable_position() = position;
  outlet_->send(make_frame(format_.opcode(), format_.encode_push(push).value_or(std::string())));
}

bool RoomFeed::offer(const Frame& frame) { return outlet_ != nullptr && outlet_->offer(frame); }

void RoomFeed::drained() { environment_.shard.drained(*this); }

void RoomFeed::sweep(TimePoint now) {
  std::vector<std::string> late;
  for (const auto& [room, queue] : work_) {
    const Work& work = queue.front();
    if (work.kind == Kind::kSubscribe && !work.joined && now >= work.join_by) late.push_back(room);
  }
  for (const std::string& room : late) {
    environment_.shard.unsubscribe(*this, room);
    finish(room, error_reply(make_error(absl::StatusCode::kUnavailable, "BACKEND_UNAVAILABLE",
                                        "the room's events cannot be reached at the moment")));
  }
}

void RoomFeed::stop() {
  outlet_ = nullptr;
  work_.clear();
  environment_.shard.remove(*this);
  settle_share();
}

}  // namespace parley::gateway
