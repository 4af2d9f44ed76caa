// A connection's live events, in the two ways that its clients expect them.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "chat/v1/frame.pb.h"
#include "common/trace_context.h"
#include "gateway/wire/wire_format.h"

namespace parley::gateway {

// Runs once with the answer to a command; the request_id is filled in by who receives it.
using ReplyDone = absl::AnyInvocable<void(pb::Reply)>;

// An error as a reply.
pb::Reply error_reply(const absl::Status& status);

// Where frames go on their way to one socket. On the I/O thread of its connection.
class Outlet {
 public:
  virtual ~Outlet() = default;
  // Queues a broadcast; false, and nothing queued, when the queue is full or the socket is not open yet.
  virtual bool offer(const Frame& frame) = 0;
  // Queues a reply or a push that must not be lost, whatever waits already: whoever makes large ones, or many, asks
  // is_full() first.
  virtual void send(const Frame& frame) = 0;
  // More waits than should, or the socket is not open yet. Feed::writable() tells the end of it.
  virtual bool is_full() const = 0;
};

// On the I/O thread of its connection.
class Feed {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Feed() = default;
  // Before the upgrade is answered. `ready` runs once, perhaps at once, unless the feed is stopped first.
  virtual void start(absl::AnyInvocable<void(absl::Status)> ready) = 0;
  // `trace`: of the command.
  virtual void subscribe(pb::SubscribeCommand command, const TraceContext& trace, ReplyDone done) = 0;
  virtual void unsubscribe(pb::UnsubscribeCommand command, ReplyDone done) = 0;
  // The outlet takes broadcasts again.
  virtual void drained() = 0;
  // The outlet is full no more.
  virtual void writable() = 0;
  // Called several times a second: timeouts and retries.
  virtual void sweep(TimePoint now) = 0;
  // No more calls to the outlet, no more events. Answers that are still owed are not given.
  virtual void stop() = 0;
};

}  // namespace parley::gateway
