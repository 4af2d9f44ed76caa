#include "tests/bench/storm.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::bench {
namespace {

using Clock = std::chrono::steady_clock;

class Storm final : public FleetListener {
 public:
  Storm(Crowd& crowd, const StormOptions& options)
      : crowd_(crowd),
        fleet_(crowd.fleet()),
        options_(options),
        clients_(crowd.options().receivers + crowd.options().senders),
        attempts_(clients_) {
    crowd_.set_listener(this);
    fleet_.set_endings(Endings::kTold);
    fleet_.forget_handshakes();
  }
  ~Storm() override {
    fleet_.set_endings(Endings::kProblem);
    crowd_.set_listener(nullptr);
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

  absl::StatusOr<StormResult> run() {
    absl::Status measured = crowd_.meter().begin();
    if (!measured.ok()) return measured;
    cut_ = Clock::now();
    for (std::uint32_t client = 0; client < clients_; ++client) {
      fleet_.cut(client);
      wait(client);
    }
    for (TimePoint now = cut_; fleet_.ready() < clients_ && now < cut_ + options_.limit; now = Clock::now()) {
      absl::Status opened = open_due(now);
      if (!opened.ok()) return opened;
      const TimePoint next = waiting_.empty() ? now + std::chrono::seconds(1) : waiting_.top().first;
      fleet_.poll(std::min(next, now + std::chrono::milliseconds(100)));
    }
    result_.all_live_s = std::chrono::duration<double>(Clock::now() - cut_).count();
    absl::StatusOr<Costs> costs = crowd_.meter().end();
    if (!costs.ok()) return costs.status();
    result_.costs = *std::move(costs);
    result_.not_live = clients_ - fleet_.ready();
    result_.last_refusal = fleet_.last_refusal();
    result_.handshakes = fleet_.handshakes();
    return std::move(result_);
  }

  void stamped(std::uint32_t, const Stamp&, std::string_view, std::size_t, TimePoint) override {}
  void refused(std::uint32_t) override {}
  void resynced(std::uint32_t) override {}
  void became_ready(std::uint32_t) override { result_.live.record(Clock::now() - cut_); }
  void ended(std::uint32_t client) override {
    ++result_.failed;
    wait(client);
  }

 private:
  void wait(std::uint32_t client) {
    constexpr unsigned kDoublingsMax = 6;  // 500 ms to 30 s
    const auto most =
        std::min(options_.wait_max, options_.wait_first * (1U << std::min(attempts_[client]++, kDoublingsMax)));
    std::uniform_int_distribution<std::int64_t> delay(0, most.count());
    waiting_.emplace(Clock::now() + std::chrono::milliseconds(delay(random_)), client);
  }

  absl::Status open_due(TimePoint now) {
    while (!waiting_.empty() && waiting_.top().first <= now) {
      const std::uint32_t client = waiting_.top().second;
      waiting_.pop();
      ++result_.attempts;
      absl::Status opened = fleet_.connect_again(client);
      if (!opened.ok()) return opened;
    }
    return absl::OkStatus();
  }

  using Waiting = std::pair<TimePoint, std::uint32_t>;

  Crowd& crowd_;
  ClientFleet& fleet_;
  const StormOptions options_;
  const std::size_t clients_;
  std::vector<unsigned> attempts_;  // by client
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
  std::mt19937_64 random_{std::random_device()()};
  TimePoint cut_;
  StormResult result_;
};

}  // namespace

absl::StatusOr<StormResult> run_storm(Crowd& crowd, const StormOptions& options) { return Storm(crowd, options).run(); }

}  // namespace parley::bench
