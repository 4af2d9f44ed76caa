// Sends what is in the outbox: one message at a time, so that the order of writing is the order in the room.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/random.h"
#include "web/model/backoff.h"
#include "web/model/outbox.h"

namespace parley::web {

class MessageSender {
 public:
  using Transmit = std::function<void(const UnsentMessage& message)>;

  MessageSender(const Outbox& outbox, Timers& timers, RandomSource& random, Transmit transmit);

  // From now on messages can be sent, until hold() or pause().
  void resume();
  // Nothing new for now; what was sent is still waited for.
  void hold() { running_ = false; }
  // The connection is gone: what was sent but not answered is sent again after the next resume(), with the same
  // request_id.
  void pause();
  // Something may be new in the outbox.
  void check();
  // This message is out of the outbox or failed for good: the next one.
  void done(std::string_view request_id);
  // The server cannot take it now: again after a wait.
  void again_later(std::string_view request_id);

 private:
  const Outbox& outbox_;
  Transmit transmit_;
  Backoff backoff_;
  Alarm wait_;
  bool running_ = false;
  std::string in_flight_;  // its request_id; empty when nothing is
};

}  // namespace parley::web
