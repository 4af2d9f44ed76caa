#include "gateway/routes/tutorial_feed.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"

namespace parley::gateway {
namespace {

constexpr int kPageSize = 500;
// That of the latest page, which is kept while those before it are sent.
constexpr int kLatestPageSize = 32;
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
  if (has_position_) return resume(token);
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

void TutorialFeed::resume(std::uint64_t token) {
  progress_.reset();
  const std::uint64_t read = ++reads_;
  resumes_.reset();
  if (outlet_->is_full()) {
    resumes_ = token;
    return;
  }
  pb::ResumeRequest request;
  request.set_room(room_);
  *request.mutable_position() = position_;
  request.set_page_size(kLatestPageSize);
  environment_.calls.resume(std::move(request), environment_.executor,
                            [weak = weak_from_this(), token, read](absl::StatusOr<pb::ResumeResponse> response) {
                              const std::shared_ptr<TutorialFeed> feed = weak.lock();
                              if (feed != nullptr && feed->outlet_ != nullptr && feed->reads_ == read) {
                                feed->resumed(token, std::move(response));
                              }
                            });
}

void TutorialFeed::resumed(std::uint64_t token, absl::StatusOr<pb::ResumeResponse> response) {
  if (!response.ok()) return retry_later();
  // In another life of the room our offset means nothing: what follows the new head is all that can be told.
  if (response->position().epoch() != position_.epoch()) return complete(token, response->position());
  if (!response->reset()) {
    send(*response->mutable_messages());
    return complete(token, response->position());
  }
  progress_ = CatchUp();
  progress_->token = token;
  progress_->head = response->position();
  progress_->latest = std::move(*response->mutable_messages());
  went_back(progress_->latest, {}, response->previous_page_token());
}

void TutorialFeed::went_back(const google::protobuf::RepeatedPtrField<pb::Message>& messages, std::string page_token,
                             const std::string& previous_page_token) {
  progress_->messages += static_cast<std::size_t>(messages.size());
  const bool reached = messages.empty() || messages.begin()->offset() <= position_.offset() + 1;
  const bool is_last = reached || previous_page_token.empty() || progress_->messages >= kCatchUpMessagesMax;
  if (!page_token.empty()) progress_->page_tokens.push_back(std::move(page_token));
  if (!is_last) return read_page(previous_page_token);
  progress_->way = CatchUp::Way::kForth;
  send_next();
}

void TutorialFeed::send_next() {
  progress_->waits = outlet_->is_full();
  if (progress_->waits) return;
  if (!progress_->page_tokens.empty()) {
    std::string page_token = std::move(progress_->page_tokens.back());
    progress_->page_tokens.pop_back();
    return read_page(std::move(page_token));
  }
  CatchUp progress = *std::move(progress_);
  progress_.reset();
  send(progress.latest);
  complete(progress.token, progress.head);
}

void TutorialFeed::read_page(std::string page_token) {
  pb::GetMessagesRequest request;
  request.set_room(room_);
  request.set_page_size(kPageSize);
  request.set_page_token(page_token);
  const std::uint64_t read = ++reads_;
  environment_.calls.get_messages(std::move(request), environment_.executor,
                                  [weak = weak_from_this(), read, page_token = std::move(page_token)](
                                      absl::StatusOr<pb::GetMessagesResponse> page) mutable {
                                    const std::shared_ptr<TutorialFeed> feed = weak.lock();
                                    if (feed == nullptr || feed->outlet_ == nullptr || feed->reads_ != read) return;
                                    feed->page_read(std::move(page_token), std::move(page));
                                  });
}

void TutorialFeed::page_read(std::string page_token, absl::StatusOr<pb::GetMessagesResponse> page) {
  if (!page.ok()) return retry_later();
  if (progress_->way == CatchUp::Way::kBack) {
    return went_back(page->messages(), std::move(page_token), page->previous_page_token());
  }
  send(*page->mutable_messages());
  send_next();
}

// What is not known yet, in the order of the room.
void TutorialFeed::send(google::protobuf::RepeatedPtrField<pb::Message>& messages) {
  for (pb::Message& message : messages) {
    const std::int64_t offset = message.offset();
    if (message.change_offset() <= position_.offset()) continue;
    pb::Push push;
    *push.mutable_event()->mutable_message() = std::move(message);
    const std::optional<std::string> payload = format_.encode_push(push);
    if (payload) outlet_->send(make_frame(format_.opcode(), *payload));
    position_.set_offset(std::max(position_.offset(), offset));
  }
}

void TutorialFeed::complete(std::uint64_t token, const pb::StreamPosition& head) {
  position_ = head;
  environment_.shard.resumed(*this, room_, token, head);
}

void TutorialFeed::retry_later() {
  progress_.reset();
  ++reads_;
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

void TutorialFeed::writable() {
  if (outlet_ == nullptr) return;
  if (resumes_) return resume(*resumes_);
  if (progress_ && progress_->waits) send_next();
}

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
  progress_.reset();
  ready_ = nullptr;
  retry_pending_ = false;
  environment_.shard.remove(*this);
}

}  // namespace parley::gateway
