#include "web/model/link_controller.h"

#include <algorithm>

namespace parley::web {
namespace {

using std::chrono::milliseconds;

constexpr int kSecondMs = 1'000;
constexpr int kClosePolicyViolation = 1008;
constexpr int kCloseDoNotReconnectFirst = 4500;
constexpr int kCloseDoNotReconnectLast = 4999;

bool is_refusal(int code) {
  return code == kClosePolicyViolation || (code >= kCloseDoNotReconnectFirst && code <= kCloseDoNotReconnectLast);
}

}  // namespace

LinkController::LinkController(Transport& transport, Timers& timers, const Clock& clock, RandomSource& random,
                               LinkListener& listener)
    : transport_(transport),
      clock_(clock),
      random_(random),
      listener_(listener),
      backoff_(random),
      step_(timers),
      tick_(timers) {
  transport_.listen(this);
}

LinkController::~LinkController() {
  transport_.listen(nullptr);
  transport_.close();
}

void LinkController::start(bool online) {
  online_ = online;
  ticked_ = clock_.system_now();
  tick_.set(kTickMs, [this] { tick(); });
  attempt();
}

void LinkController::set_online(bool online) {
  if (online == online_ || phase_ == Phase::kIdle || phase_ == Phase::kRefused) {
    online_ = online;
    return;
  }
  online_ = online;
  if (!online) {
    let_go();
    wait();
  } else if (phase_ == Phase::kLive) {
    listener_.link_doubtful();
  } else {
    backoff_.reset();
    let_go();
    attempt();
  }
}

void LinkController::page_shown() {
  if (phase_ == Phase::kWaiting) {
    attempt();
  } else if (phase_ == Phase::kLive) {
    doubt();
  }
}

void LinkController::live() {
  if (phase_ != Phase::kOpen) return;
  step_.stop();
  phase_ = Phase::kLive;
  first_attempt_ = false;
  live_since_ = clock_.steady_now();
  listener_.link_changed();
}

void LinkController::drop() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kWaiting || phase_ == Phase::kRefused) return;
  let_go();
  wait();
}

void LinkController::connect_anew() {
  let_go();
  attempt();
}

Link LinkController::link() const {
  switch (phase_) {
    case Phase::kRefused:
      return {LinkState::kRefused, 0,
              "The server does not let this page in. Reload it, or ask whoever runs the server."};
    case Phase::kLive: return {LinkState::kConnected, 0, {}};
    default: break;
  }
  if (!online_) return {LinkState::kOffline, 0, {}};
  if (first_attempt_) return {LinkState::kConnecting, 0, {}};
  const int seconds = phase_ == Phase::kWaiting ? (wait_left_ms_ + kSecondMs - 1) / kSecondMs : 0;
  return {LinkState::kReconnecting, seconds, {}};
}

void LinkController::transport_opened() {
  if (phase_ != Phase::kOpening) return;
  phase_ = Phase::kOpen;
  heard_ = clock_.steady_now();
  listener_.link_opened();
}

void LinkController::transport_received(std::string_view bytes) {
  if (phase_ != Phase::kOpen && phase_ != Phase::kLive) return;
  heard_ = clock_.steady_now();
  listener_.link_received(bytes);
}

void LinkController::transport_closed(int code) {
  if (phase_ != Phase::kOpening && phase_ != Phase::kOpen && phase_ != Phase::kLive) return;
  let_go();
  if (!is_refusal(code)) {
    wait();
    return;
  }
  phase_ = Phase::kRefused;
  tick_.stop();
  listener_.link_changed();
}

void LinkController::attempt() {
  phase_ = Phase::kOpening;
  step_.set(kAttemptMs, [this] { drop(); });
  transport_.open(listener_.link_query());
  listener_.link_changed();
}

void LinkController::wait() {
  phase_ = Phase::kWaiting;
  first_attempt_ = false;
  wait_left_ms_ = online_ ? backoff_.next_ms()
                          : kOfflineLeastMs + static_cast<int>(random_below(random_, kOfflineMostMs - kOfflineLeastMs));
  count_down();
}

// In steps that end on whole seconds, so that the words change when the number does.
void LinkController::count_down() {
  listener_.link_changed();
  if (phase_ != Phase::kWaiting) return;
  const int step_ms = wait_left_ms_ % kSecondMs != 0 ? wait_left_ms_ % kSecondMs : std::min(wait_left_ms_, kSecondMs);
  step_.set(step_ms, [this, step_ms] {
    wait_left_ms_ -= step_ms;
    if (wait_left_ms_ > 0) {
      count_down();
    } else {
      attempt();
    }
  });
}

void LinkController::let_go() {
  step_.stop();
  const bool had_socket = phase_ == Phase::kOpening || phase_ == Phase::kOpen || phase_ == Phase::kLive;
  if (phase_ == Phase::kLive && clock_.steady_now() - live_since_ >= milliseconds(kStableMs)) backoff_.reset();
  phase_ = Phase::kWaiting;
  wait_left_ms_ = 0;
  if (!had_socket) return;
  transport_.close();
  listener_.link_lost();
}

void LinkController::tick() {
  tick_.set(kTickMs, [this] { tick(); });
  if (phase_ == Phase::kLive) {
    doubt();
  } else {
    ticked_ = clock_.system_now();
  }
}

// A page that slept (a closed lid, a frozen tab) finds a socket that only looks alive: a new one is quicker than
// asking.
bool LinkController::was_suspended() {
  const auto now = clock_.system_now();
  const auto jump = now - ticked_ - milliseconds(kTickMs);
  ticked_ = now;
  return jump > milliseconds(kSuspendedMs);
}

void LinkController::doubt() {
  if (was_suspended()) {
    let_go();
    attempt();
  } else if (clock_.steady_now() - heard_ >= milliseconds(kSilenceMs)) {
    listener_.link_doubtful();
  }
}

}  // namespace parley::web
