// The feed of a socket without a subprotocol: the messages of its one room, from the moment it is open.
#pragma once

#include <deque>
#include <string>

#include "gateway/routes/environment.h"
#include "gateway/routes/feed.h"

namespace parley::gateway {

// Such a client knows neither positions nor resync: when its events stopped, the gateway itself reads what was missed
// and sends it in order, then goes on live.
class TutorialFeed final : public Feed, public Subscriber, public std::enable_shared_from_this<TutorialFeed> {
 public:
  // All arguments outlive the feed; `outlet` until stop().
  TutorialFeed(ConnectionEnvironment& environment, const WireFormat& format, Outlet& outlet, std::string room);

  void start(absl::AnyInvocable<void(absl::Status)> ready) override;
  void subscribe(pb::SubscribeCommand command, const TraceContext& trace, ReplyDone done) override;
  void unsubscribe(pb::UnsubscribeCommand command, ReplyDone done) override;
  void drained() override;
  void sweep(TimePoint now) override;
  void stop() override;

  const WireFormat& format() const override { return format_; }
  bool offer(const Frame& frame) override;
  void room_ready(const std::string& room, std::uint64_t token, const pb::StreamPosition& position) override;
  void room_refused(const std::string& room, const absl::Status& status) override;
  void room_lost(const std::string& room, const pb::StreamPosition& position) override;

 private:
  // One catch-up: the answer of Resume and, behind a reset, the pages of history between it and our position.
  struct CatchUp {
    std::uint64_t token;
    pb::StreamPosition head;
    std::deque<pb::Message> messages;
  };

  void catch_up();
  void resumed(std::uint64_t token, absl::StatusOr<pb::ResumeResponse> response);
  void read_page(CatchUp progress, const std::string& page_token);
  void complete(CatchUp progress);
  void retry_later();
  void settle(const absl::Status& status);

  ConnectionEnvironment& environment_;
  const WireFormat& format_;
  Outlet* outlet_;
  const std::string room_;
  absl::AnyInvocable<void(absl::Status)> ready_;
  TimePoint ready_by_;
  bool has_position_ = false;
  pb::StreamPosition position_;  // where the events stopped
  bool retry_pending_ = false;
  TimePoint retry_at_;
};

}  // namespace parley::gateway
