// The feed of a socket without a subprotocol: the messages of its one room, from the moment it is open.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/routes/environment.h"
#include "gateway/routes/feed.h"

namespace parley::gateway {

// Such a client knows neither positions nor resync: when its events stopped, the gateway itself reads what was missed
// and sends it in order, then goes on live. It holds no more than a page and a small one at a time, and asks for the
// next when the socket has room for it: history goes back in time only, so that it first goes back without keeping
// what it reads, and then forth again.
class TutorialFeed final : public Feed, public Subscriber, public std::enable_shared_from_this<TutorialFeed> {
 public:
  // All arguments outlive the feed; `outlet` until stop().
  TutorialFeed(ConnectionEnvironment& environment, const WireFormat& format, Outlet& outlet, std::string room);

  void start(absl::AnyInvocable<void(absl::Status)> ready) override;
  void subscribe(pb::SubscribeCommand command, const TraceContext& trace, ReplyDone done) override;
  void unsubscribe(pb::UnsubscribeCommand command, ReplyDone done) override;
  void drained() override;
  void writable() override;
  void sweep(TimePoint now) override;
  void stop() override;

  const WireFormat& format() const override { return format_; }
  bool offer(const Frame& frame) override;
  void room_ready(const std::string& room, std::uint64_t token, const pb::StreamPosition& position) override;
  void room_refused(const std::string& room, const absl::Status& status) override;
  void room_lost(const std::string& room, const pb::StreamPosition& position) override;

 private:
  // One catch-up behind a reset: the latest page, and where the pages between it and our position are.
  struct CatchUp {
    std::uint64_t token;  // of the subscription
    pb::StreamPosition head;
    google::protobuf::RepeatedPtrField<pb::Message> latest;
    std::vector<std::string> page_tokens;  // of pages that are to be sent, the next one last
    std::size_t messages = 0;              // in all of them
    enum class Way { kBack, kForth } way = Way::kBack;
    bool waits = false;  // for room in the socket's queue
  };

  void catch_up();
  void resume(std::uint64_t token);
  void resumed(std::uint64_t token, absl::StatusOr<pb::ResumeResponse> response);
  // A page that came on the way back; `page_token`: that of the page itself, empty for the latest.
  void went_back(const google::protobuf::RepeatedPtrField<pb::Message>& messages, std::string page_token,
                 const std::string& previous_page_token);
  // The next page that is to be sent, once the socket has room for it.
  void send_next();
  void read_page(std::string page_token);
  void page_read(std::string page_token, absl::StatusOr<pb::GetMessagesResponse> page);
  void send(google::protobuf::RepeatedPtrField<pb::Message>& messages);
  void complete(std::uint64_t token, const pb::StreamPosition& head);
  void retry_later();
  void settle(const absl::Status& status);

  ConnectionEnvironment& environment_;
  const WireFormat& format_;
  Outlet* outlet_;
  const std::string room_;
  absl::AnyInvocable<void(absl::Status)> ready_;
  TimePoint ready_by_;
  bool has_position_ = false;
  pb::StreamPosition position_;  // where the events stopped, or how far the catch-up has come
  std::optional<CatchUp> progress_;
  std::uint64_t reads_ = 0;               // that were begun: an answer to an earlier one is too late
  std::optional<std::uint64_t> resumes_;  // waits for room in the socket's queue: the subscription's token
  bool retry_pending_ = false;
  TimePoint retry_at_;
};

}  // namespace parley::gateway
