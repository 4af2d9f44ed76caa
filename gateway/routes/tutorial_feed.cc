#include "gateway/routes/tutorial_feed.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"

namespace parley::gateway {
namespace {

constexpr int kPageSize = 500;
// More than this behind, the oldest are skipped: they are in the history.
constexpr std::size_t kCatchUpMessagesMax = 10'000;
constexpr std::chrono::milliseconds kRetryDelay(500);
constexpr std::uint64_t kRetryJitterMs = 500;

absl::Status not_here() {
  return make_error(absl::StatusCode::kInvalidArgument, "UNKNOWN_ACTION", "not without a subprotocol");
}

}  // namespace

TutorialFeed::TutorialFeed(ConnectionEnvironment& environment, const WireFormat& format, Outlet& outlet,
                           std::string room)
    : environment_(environment), format_(format), outlet_(&outlet), room_(std::move(room)) {}

void TutorialFeed::start(absl::AnyInvocable<void(absl::Status)> ready) {
  ready_ = std::move(ready);
  ready_by_ = environment_.clock.steady_now() + environment_.limits.call_deadline;
  environment_.shard.subscribe(*this, room_);
}

void TutorialFeed::subscribe(pb::SubscribeCommand, const TraceContext&, ReplyDone done) {
  done(error_reply(not_here()));
}

void TutorialFeed::unsubscribe(pb::UnsubscribeCommand, ReplyDone done) { done(error_reply(not_here())); }

void TutorialFeed::room_ready(const std::string&, std::uint64_t token, const pb::StreamPosition& position) {
  if (has_position_) {
    pb::ResumeRequest request;
    request.set_room(room_);
    *request.mutable_position() = position_;
    request.set_page_size(kPageSize);
    environment_.calls.resume(std::move(request), environment_.executor,
                              [weak = weak_from_this(), token](absl::StatusOr<pb::ResumeResponse> response) {
                                const std::shared_ptr<TutorialFeed> feed = weak.lock();
                                if (feed != nullptr && feed->outlet_ != nullptr) {
                                  feed->resumed(token, std::move(response));
                                }
                              });
    return;
  }
  has_position_ = true;
  position_ = position;
  environment_.shard.resumed(*this, room_, token, position);
  settle(absl::OkStatus());
}

void TutorialFeed::room_lost(const std::string&, const pb::StreamPosition& position) {
  position_ = position;
  if (outlet_ != nullptr) catch_up();
}

void TutorialFeed::room_refused(const std::string&, const absl::Status& status) {
  if (ready_) return settle(status);
  retry_later();
}

void TutorialFeed::catch_up() { environment_.shard.subscribe(*this, room_); }

void TutorialFeed::resumed(std::uint64_t token, absl::StatusOr<pb::ResumeResponse> response) {
  if (!response.ok()) return retry_later();
  CatchUp progress{token, response->position(), {}};
  // In another life of the room our offset means nothing: what follows the new head is all that can be told.
  if (response->position().epoch() != position_.epoch()) return complete(std::move(progress));
  progress.messages.assign(response->messages().begin(), response->messages().end());
  if (!response->reset()) return complete(std::move(progress));
  read_page(std::move(progress), response->previous_page_token());
}

void TutorialFeed::read_page(CatchUp progress, const std::string& page_token) {
  const bool reached = progress.messages.empty() || progress.messages.front().offset() <= position_.offset() + 1;
  if (reached || page_token.empty() || progress.messages.size() >= kCatchUpMessagesMax) {
    return complete(std::move(progress));
  }
  pb::GetMessagesRequest request;
  request.set_room(room_);
  request.set_page_size(kPageSize);
  request.set_page_token(page_token);
  environment_.calls.get_messages(
      std::move(request), environment_.executor,
      [weak = weak_from_this(), progress = std::move(progress)](absl::StatusOr<pb::GetMessagesResponse> page) mutable {
        const std::shared_ptr<TutorialFeed> feed = weak.lock();
        if (feed == nullptr || feed->outlet_ == nullptr) return;
        if (!page.ok()) return feed->retry_later();
        progress.messages.insert(progress.messages.begin(), page->messages().begin(), page->messages().end());
        feed->read_page(std::move(progress), page->previous_page_token());
      });
}

void TutorialFeed::complete(CatchUp progress) {
  for (pb::Message& message : progress.messages) {
    if (message.change_offset() <= position_.offset()) continue;
    pb::Push push;
    *push.mutable_event()->mutable_message() = std::move(message);
    const std::optional<std::string> payload = format_.encode_push(push);
    if (payload) outlet_->send(make_frame(format_.opcode(), *payload));
  }
  position_ = progress.head;
  environment_.shard.resumed(*this, room_, progress.token, progress.head);
}

void TutorialFeed::retry_later() {
  retry_pending_ = true;
  const std::chrono::milliseconds jitter(random_below(environment_.random, kRetryJitterMs));
  retry_at_ = environment_.clock.steady_now() + kRetryDelay + jitter;
}

void TutorialFeed::settle(const absl::Status& status) {
  if (!ready_) return;
  absl::AnyInvocable<void(absl::Status)> ready = std::move(ready_);
  ready_ = nullptr;
  ready(status);
}

bool TutorialFeed::offer(const Frame& frame) { return outlet_ != nullptr && outlet_->offer(frame); }

void TutorialFeed::drained() { environment_.shard.drained(*this); }

void TutorialFeed::sweep(TimePoint now) {
  if (ready_ && now >= ready_by_) {
    environment_.shard.unsubscribe(*this, room_);
    return settle(make_error(absl::StatusCode::kUnavailable, "BACKEND_UNAVAILABLE",
                             "the room's events cannot be reached at the moment"));
  }
  if (!retry_pending_ || now < retry_at_) return;
  retry_pending_ = false;
  catch_up();
}

void TutorialFeed::stop() {
  outlet_ = nullptr;
  ready_ = nullptr;
  retry_pending_ = false;
  environment_.shard.remove(*this);
}

}  // namespace parley::gateway
