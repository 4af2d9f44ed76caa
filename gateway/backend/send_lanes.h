// Messages for a backend that knows no SendMessages stream: a unary call each.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

#include "gateway/routes/chat_calls.h"

namespace parley::gateway {

// A message on its way to a backend.
struct OutgoingMessage {
  pb::SendMessageRequest request;
  TraceContext trace;
  Executor* executor = nullptr;
  Completion<pb::SendMessageResponse> done;
  std::chrono::steady_clock::time_point deadline;
};

// An author's messages follow one another, so that they keep their order. On one thread.
class SendLanes {
 public:
  // Makes one call, until the deadline; `done` comes on the lanes' thread.
  using Call =
      std::function<void(pb::SendMessageRequest request, const TraceContext& trace,
                         std::chrono::steady_clock::time_point deadline, Completion<pb::SendMessageResponse> done)>;

  explicit SendLanes(Call call) : call_(std::move(call)) {}

  void add(OutgoingMessage message);
  bool empty() const { return lanes_.empty(); }

 private:
  void begin(const std::string& author_id);

  const Call call_;
  std::unordered_map<std::string, std::deque<OutgoingMessage>> lanes_;  // by author_id; the front one is under way
};

}  // namespace parley::gateway
