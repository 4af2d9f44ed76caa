// The messages of all sockets on their way to a backend: one stream, many messages in one of its frames.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/random.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/backend/call_failures.h"
#include "gateway/backend/send_lanes.h"
#include "gateway/backend/send_stream.h"

namespace parley::gateway {

struct SendLinkOptions {
  std::chrono::milliseconds call_deadline;
  std::size_t waiting_max;  // messages without an answer; more are refused
};

// Messages that come while a write is under way leave together in the next one. The stream goes to the current backend.
// When it ends, or leaves a message unanswered for its share of the time, everything that has no answer is sent again
// in the same order on a new stream, until the deadlines: so the messages of one room are stored in the order of
// send(). A backend that knows no such stream gets unary calls for a while. All on the context's thread but where it is
// said.
class SendLink {
 public:
  // All arguments outlive the object; the context runs as long as messages are under way. `unary` see SendLanes.
  SendLink(BackendPool& pool, boost::asio::io_context& context, RandomSource& random, SendLinkOptions options,
           SendLanes::Call unary);
  // Nothing is under way: see stop().
  ~SendLink();

  // Whether the message may share a stream: any valid one may. Another would break the stream for all: too large, or
  // not UTF-8. Any thread.
  static bool takes(const pb::SendMessageRequest& request);
  // Any thread. Ends as ChatCalls says, or with RESOURCE_EXHAUSTED (OVERLOADED).
  void send(pb::SendMessageRequest request, const CallOrigin& origin, Completion<pb::SendMessageResponse> done);
  // Fails what is under way and refuses what comes (UNAVAILABLE, SHUTTING_DOWN). Any thread.
  void stop();
  // Messages without an answer; after stop() also the stream. Any thread.
  std::size_t under_way() const { return under_way_.load(std::memory_order_acquire); }

 private:
  using Clock = std::chrono::steady_clock;
  using Answer = absl::StatusOr<pb::SendMessageResponse>;
  struct Message : OutgoingMessage {
    Clock::time_point sent_at = {};
    bool is_answered = false;
  };

  void take_inbox();
  void pump();
  void begin_stream();
  void write_some();
  void answered(pb::SendMessagesResponse response);
  void ended(const grpc::Status& status);
  void retry(const grpc::Status& status);
  void fall_back();
  void send_alone(OutgoingMessage message);
  void end_all();
  void sweep();
  void arm_sweep();
  // Fails the messages whose deadline passes until then.
  void expire(Clock::time_point until);
  void drop_answered();

  BackendPool& pool_;
  boost::asio::io_context& context_;
  RandomSource& random_;
  const SendLinkOptions options_;
  SendLanes lanes_;
  std::atomic<std::size_t> under_way_ = 0;
  std::mutex mutex_;
  std::vector<Message> inbox_;  // under mutex_
  bool stopped_ = false;        // under mutex_
  bool stopping_ = false;       // as stopped_, on the context

  std::shared_ptr<SendStream> stream_;
  std::size_t backend_ = 0;  // of the stream
  bool writing_ = false;
  bool moving_ = false;           // the stream is ended for one to another backend
  bool gives_up_ = false;         // the stream is ended because a message waited too long
  bool pausing_ = false;          // before the next stream
  std::deque<Message> messages_;  // by deadline
  std::int64_t first_id_ = 1;     // of messages_.front(); the others follow without gaps
  std::size_t sent_ = 0;          // so many of messages_ are on the stream, or answered
  std::size_t unanswered_ = 0;    // of those
  absl::Status last_error_;       // of the streams since the last answer
  RetryPauses pauses_;
  Clock::time_point unary_until_ = {};
  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer sweep_timer_;
  bool sweeping_ = false;
};

}  // namespace parley::gateway
