#include "web/model/message_sender.h"

#include <utility>

namespace parley::web {

MessageSender::MessageSender(const Outbox& outbox, Timers& timers, RandomSource& random, Transmit transmit)
    : outbox_(outbox), transmit_(std::move(transmit)), backoff_(random), wait_(timers) {}

void MessageSender::resume() {
  running_ = true;
  check();
}

void MessageSender::pause() {
  running_ = false;
  in_flight_.clear();
  wait_.stop();
  backoff_.reset();
}

void MessageSender::check() {
  if (!running_ || !in_flight_.empty() || wait_.is_set()) return;
  const UnsentMessage* message = outbox_.next();
  if (message == nullptr) return;
  in_flight_ = message->request_id;
  transmit_(*message);
}

void MessageSender::done(std::string_view request_id) {
  if (request_id != in_flight_) return;
  in_flight_.clear();
  backoff_.reset();
  check();
}

void MessageSender::again_later(std::string_view request_id) {
  if (request_id != in_flight_) return;
  in_flight_.clear();
  wait_.set(backoff_.next_ms(), [this] { check(); });
}

}  // namespace parley::web
