// The feed of the subprotocols chat.v1.*: the client subscribes to rooms with its positions.
#pragma once

#include <list>
#include <map>
#include <string>

#include "gateway/routes/environment.h"
#include "gateway/routes/feed.h"

namespace parley::gateway {

// Subscribe: the hub keeps the room's events, Resume reads what the client has missed, the reply goes out, the kept
// events follow: nothing is lost between, nothing comes twice. Commands for one room are handled one after the other.
class RoomFeed final : public Feed, public Subscriber, public std::enable_shared_from_this<RoomFeed> {
 public:
  // `environment` and `format` outlive the feed, `outlet` does until stop(). `client`: see ConnectParameters.
  RoomFeed(ConnectionEnvironment& environment, const WireFormat& format, Outlet& outlet, std::string client);

  void start(absl::AnyInvocable<void(absl::Status)> ready) override;
  void subscribe(pb::SubscribeCommand command, const TraceContext& trace, ReplyDone done) override;
  void unsubscribe(pb::UnsubscribeCommand command, ReplyDone done) override;
  void drained() override;
  void writable() override {}
  void sweep(TimePoint now) override;
  void stop() override;

  const WireFormat& format() const override { return format_; }
  bool offer(const Frame& frame) override;
  void room_ready(const std::string& room, std::uint64_t token, const pb::StreamPosition& position) override;
  void room_refused(const std::string& room, const absl::Status& status) override;
  void room_lost(const std::string& room, const pb::StreamPosition& position) override;

 private:
  enum class Kind { kSubscribe, kUnsubscribe };
  struct Work {
    Kind kind;
    pb::SubscribeCommand command;
    ReplyDone done;
    TraceContext trace = {};
    TimePoint join_by;    // kSubscribe: until when the room must be joined
    bool joined = false;  // Resume is under way
  };
  using WorkQueue = std::list<Work>;

  void add(const std::string& room, Work work);
  void begin(const std::string& room);
  void resume_done(const std::string& room, std::uint64_t token, absl::StatusOr<pb::ResumeResponse> response);
  void finish(const std::string& room, pb::Reply reply);
  // That it is in, or is about to be.
  std::size_t room_count() const;
  // Gives back what rooms that it has left took of the client's share.
  void settle_share();

  ConnectionEnvironment& environment_;
  const WireFormat& format_;
  Outlet* outlet_;
  const std::string client_;
  std::size_t share_ = 0;                  // taken of the client's
  std::map<std::string, WorkQueue> work_;  // by room; the front one is under way. Empty most of the time
};

}  // namespace parley::gateway
