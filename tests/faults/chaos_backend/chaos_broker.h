// A broker that loses, doubles, delays and shuffles what other processes tell.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "backend/chat/broker.h"

namespace parley::backend {

struct ChaosOptions {
  std::uint64_t seed = 1;
  unsigned percent = 10;  // of the hints, for each of the four; at most 25
  std::chrono::milliseconds delay_least{20};
  std::chrono::milliseconds delay_most{2'000};
  // A hint that waits for the next one to overtake it waits no longer than this.
  std::chrono::milliseconds overtaken_within{500};
  std::size_t waiting_max = 10'000;  // hints; more are dropped
};

// Between a broker and its listener. Thread-safe.
class ChaosBroker final : public Broker {
 public:
  // Passes everything on as it comes while `*is_on` is false.
  ChaosBroker(std::unique_ptr<Broker> inner, ChaosOptions options, std::shared_ptr<const std::atomic<bool>> is_on);
  ~ChaosBroker() override;

  void start(Listener listener) override;
  void publish(Hint hint) override;
  void stop() override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Waiting = std::multimap<TimePoint, Hint>;  // by the time at which it is due
  enum class Mishap { kNone, kDropped, kDoubled, kOvertaken, kDelayed };

  void take(Hint hint);
  void deliver_late();
  // False when the broker is stopping.
  bool wait_until_due();
  std::vector<Hint> take_due();
  // Under mutex_.
  Mishap draw();
  void wait_in(Waiting& waiting, std::chrono::milliseconds delay, Hint hint);

  const std::unique_ptr<Broker> inner_;
  const ChaosOptions options_;
  const std::shared_ptr<const std::atomic<bool>> is_on_;
  std::mutex delivering_;  // held during every call of the listener; locked before mutex_
  Listener listener_;      // under delivering_

  std::mutex mutex_;
  std::condition_variable changed_;
  std::mt19937_64 random_;
  Waiting delayed_;
  Waiting to_overtake_;  // come after the next hint
  bool stopping_ = false;
  std::thread thread_;  // delivers what is late
};

}  // namespace parley::backend
