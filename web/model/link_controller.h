// Keeps the page connected: opens the socket, notices that it died, waits, opens the next one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "web/model/backoff.h"
#include "web/model/chat_model.h"
#include "web/model/ports.h"

namespace parley::web {

class LinkListener {
 public:
  virtual ~LinkListener() = default;
  // The next socket's query, see Transport::open.
  virtual std::string link_query() = 0;
  // Frames can be sent; call LinkController::live() when the room is subscribed.
  virtual void link_opened() = 0;
  virtual void link_received(std::string_view bytes) = 0;
  // The socket is gone, and with it what was sent but not answered.
  virtual void link_lost() = 0;
  // Nothing was heard for long, or the world around may have changed: ask the server for a sign of life.
  virtual void link_doubtful() = 0;
  // LinkController::link() answers something else now.
  virtual void link_changed() = 0;
};

class LinkController final : public TransportListener {
 public:
  // From the opening of a socket to live().
  static constexpr int kAttemptMs = 15'000;
  // A connection that lived so long ends a row of failures: the next wait is a short one.
  static constexpr int kStableMs = 10'000;
  // How often the clocks are looked at, what counts as silence, and the jump that a suspended page sees.
  static constexpr int kTickMs = 15'000;
  static constexpr int kSilenceMs = 45'000;
  static constexpr int kSuspendedMs = 60'000;
  // While the browser says that there is no network it is seldom right to try, but it may be wrong.
  static constexpr int kOfflineLeastMs = 15'000;
  static constexpr int kOfflineMostMs = 30'000;

  LinkController(Transport& transport, Timers& timers, const Clock& clock, RandomSource& random,
                 LinkListener& listener);
  ~LinkController() override;
  LinkController(const LinkController&) = delete;
  LinkController& operator=(const LinkController&) = delete;

  // Once: the first attempt.
  void start(bool online);
  void set_online(bool online);
  // The page can be seen again: no more waiting.
  void page_shown();

  // The socket is open and subscribed.
  void live();
  // The socket is of no use any more, though it may look alive: reconnect after a wait.
  void drop();
  // The same at once: the query is another one now.
  void connect_anew();

  Link link() const;
  bool is_live() const { return phase_ == Phase::kLive; }
  // Only between link_opened() and link_lost().
  void send(std::string_view bytes) { transport_.send(bytes); }

  void transport_opened() override;
  void transport_received(std::string_view bytes) override;
  void transport_closed(int code) override;

 private:
  enum class Phase { kIdle, kWaiting, kOpening, kOpen, kLive, kRefused };

  void attempt();
  void wait();
  void count_down();
  // Ends what there is of a socket; the caller says what comes next.
  void let_go();
  void tick();
  bool was_suspended();
  void doubt();

  Transport& transport_;
  const Clock& clock_;
  RandomSource& random_;
  LinkListener& listener_;
  Backoff backoff_;
  Alarm step_;  // the wait, or the attempt's end
  Alarm tick_;
  Phase phase_ = Phase::kIdle;
  bool online_ = true;
  bool first_attempt_ = true;
  int wait_left_ms_ = 0;
  std::chrono::steady_clock::time_point live_since_;
  std::chrono::steady_clock::time_point heard_;
  std::chrono::system_clock::time_point ticked_;
};

}  // namespace parley::web
