// The connections that have ended and whose rows are to go: route $disconnect until the backend has confirmed it.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "common/clock.h"
#include "common/logger.h"
#include "gateway/hub/executor.h"
#include "gateway/routes/chat_calls.h"

namespace parley::gateway {

// The lease covers a gateway that dies. One that lives holds its lease, so that it must not forget a departure: what
// failed is tried again, a few at a time, until it succeeds or the lease is made anew (which forgets all rows).
// On one I/O thread.
class Departures : public std::enable_shared_from_this<Departures> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // All but the limit outlive the object. `waiting_max`: departures kept for later; the oldest give way.
  Departures(ChatCalls& calls, Executor& executor, const Clock& clock, const Logger& logger, std::size_t waiting_max);

  // `gateway_id`: see DisconnectRequest, empty where every Connect was answered.
  void add(std::string connection_id, std::string room, std::string gateway_id);
  // Called several times a second.
  void sweep(TimePoint now);
  // The lease was made anew: none of the rows is there any more.
  void forget() { waiting_.clear(); }
  std::size_t count() const { return under_way_ + waiting_.size(); }

 private:
  struct Departure {
    std::string connection_id;
    std::string room;
    std::string gateway_id;
  };

  void send(Departure departure);

  ChatCalls& calls_;
  Executor& executor_;
  const Clock& clock_;
  const Logger& logger_;
  const std::size_t waiting_max_;
  std::size_t under_way_ = 0;
  std::deque<Departure> waiting_;
  TimePoint retry_at_;
};

}  // namespace parley::gateway
