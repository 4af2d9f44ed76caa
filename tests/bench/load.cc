#include "tests/bench/load.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/client_fleet.h"
#include "tests/bench/send_schedule.h"
#include "tests/bench/sequence_checker.h"
#include "tests/bench/stamp.h"

namespace parley::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectMax(300);
// After the end: what is missing then does not come any more.
constexpr std::chrono::seconds kSilenceMax(2);

class Load final : public FleetListener {
 public:
  Load(const LoadOptions& options, const Protocol& protocol, CostMeter meter)
      : options_(options),
        protocol_(protocol),
        fleet_(options.port, protocol, *this),
        meter_(std::move(meter)),
        run_(std::random_device()()),
        checker_(options.receivers, (options.senders + options.rooms - 1) / options.rooms),
        sequences_(options.senders) {}

  absl::StatusOr<LoadResult> run() {
    const TimePoint connect_from = Clock::now();
    const absl::Status connected = fleet_.connect(plans(), options_.connecting_max, kConnectMax);
    if (!connected.ok()) return connected;
    begin_ = Clock::now();
    result_.connect_s = std::chrono::duration<double>(begin_ - connect_from).count();
    measure_from_ = begin_ + options_.warm_up;
    end_ = measure_from_ + options_.duration;
    speak();
    absl::StatusOr<Costs> costs = meter_.end();
    result_.seconds = std::chrono::duration<double>(Clock::now() - measure_from_).count();
    is_over_ = true;
    if (!costs.ok()) return costs.status();
    result_.costs = *std::move(costs);
    if (!result_.is_abandoned) drain();
    if (!measurement_.ok()) return measurement_;
    if (!fleet_.problem().ok()) return fleet_.problem();
    conclude();
    return std::move(result_);
  }

  void stamped(std::uint32_t client, const Stamp& first, std::string_view payload, std::size_t rest,
               TimePoint now) override {
    if (client >= options_.receivers) {
      if (first.run == run_ && protocol_.kind_of_stamped(payload) == Heard::Kind::kAnswer) answered(client, first, now);
      return;
    }
    delivered(client, first, now);
    while (const std::optional<Stamp> stamp = fleet_.stamps().next(payload, rest)) delivered(client, *stamp, now);
  }

  void refused(std::uint32_t client) override {
    ++result_.refused;
    --under_way_;
    if (client >= options_.receivers) speak_again(client);
  }

  void resynced(std::uint32_t) override { ++result_.resynced; }

 private:
  // Of this run only: what an earlier one left in a server is none of ours.
  std::string room(std::size_t number) const { return absl::StrCat("bench-", run_, "-", number % options_.rooms); }

  std::vector<ClientPlan> plans() const {
    std::vector<ClientPlan> plans;
    for (std::size_t index = 0; index < options_.receivers; ++index) {
      plans.push_back({.role = Role::kReceiver, .room = room(index)});
    }
    for (std::size_t index = 0; index < options_.senders; ++index) {
      plans.push_back({.role = Role::kSender, .room = room(index)});
    }
    return plans;
  }

  void speak() {
    std::optional<SendSchedule> schedule;
    if (options_.rate > 0) {
      schedule.emplace(begin_, options_.rate, options_.senders);
    } else {
      for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
        for (std::size_t count = 0; count < options_.window; ++count) say(sender, Clock::now());
      }
    }
    std::uint64_t number = 0;
    for (TimePoint now = Clock::now(); fleet_.problem().ok() && !result_.is_abandoned; now = Clock::now()) {
      if (!is_measured_ && now >= measure_from_) start_measuring();
      TimePoint next = is_measured_ ? end_ : measure_from_;
      while (schedule) {
        const TimePoint due = schedule->due(number);
        if (due > now || due >= end_) {
          next = std::min(next, due);
          break;
        }
        say(schedule->sender(number), due);
        ++number;
      }
      if (now >= end_) break;
      fleet_.poll(next);
    }
  }

  void say(std::uint32_t sender, TimePoint due) {
    const std::uint32_t sequence = sequences_[sender]++;
    const Stamp stamp{.run = run_, .sender = sender, .sequence = sequence, .due = due};
    const std::size_t room_number = options_.receivers > 0 ? sender : sender + sequence;
    const auto client = static_cast<std::uint32_t>(options_.receivers + sender);
    ++under_way_;
    fleet_.say(client, room(room_number), sequence, stamp.body(options_.body_bytes));
    if (due < measure_from_) return;
    ++result_.sent;
    result_.lateness.record(Clock::now() - due);
  }

  void answered(std::uint32_t client, const Stamp& stamp, TimePoint now) {
    --under_way_;
    if (stamp.due >= measure_from_) result_.answer.record(now - stamp.due);
    if (is_measured_ && !is_over_) ++result_.answered;
    speak_again(client);
  }

  void speak_again(std::uint32_t client) {
    if (options_.rate > 0 || is_over_) return;
    say(static_cast<std::uint32_t>(client - options_.receivers), Clock::now());
  }

  void delivered(std::uint32_t client, const Stamp& stamp, TimePoint now) {
    const bool is_ours = stamp.run == run_ && stamp.sender < options_.senders &&
                         stamp.sender % options_.rooms == client % options_.rooms;
    if (!is_ours) {
      ++result_.foreign;
      return;
    }
    checker_.see(client, stamp.sender / options_.rooms, stamp.sequence);
    if (stamp.due >= measure_from_) result_.delivery.record(now - stamp.due);
    if (options_.give_up.count() > 0 && now - stamp.due > options_.give_up) result_.is_abandoned = true;
    if (is_measured_ && !is_over_) ++result_.delivered;
  }

  // Everything that was sent, for everyone who should see it.
  std::uint64_t due_deliveries() const {
    std::uint64_t due = 0;
    for (std::size_t sender = 0; sender < options_.senders; ++sender) {
      const std::size_t room_number = sender % options_.rooms;
      const std::size_t others = options_.receivers / options_.rooms;
      const std::size_t extra = room_number < options_.receivers % options_.rooms ? 1 : 0;
      due += sequences_[sender] * (others + extra);
    }
    return due;
  }

  void start_measuring() {
    is_measured_ = true;
    measurement_ = meter_.begin();
    measure_from_ = Clock::now();
  }

  bool is_complete(std::uint64_t due) const {
    return checker_.seen() >= due && (!protocol_.answers() || under_way_ <= 0);
  }

  void drain() {
    const std::uint64_t due = due_deliveries();
    const TimePoint last = Clock::now() + options_.drain_max;
    TimePoint heard = Clock::now();
    std::uint64_t progress = 0;
    for (TimePoint now = heard; !is_complete(due) && now < last && now < heard + kSilenceMax; now = Clock::now()) {
      fleet_.poll(now + std::chrono::milliseconds(10));
      const std::uint64_t seen = checker_.seen() + result_.answer.count();
      if (std::exchange(progress, seen) != seen) heard = now;
    }
  }

  void conclude() {
    result_.missing = due_deliveries() - checker_.seen();
    result_.doubled = checker_.doubled();
    result_.misordered = checker_.misordered();
    for (std::size_t receiver = options_.rooms; receiver < options_.receivers; ++receiver) {
      const bool differs = checker_.order_digest(receiver) != checker_.order_digest(receiver % options_.rooms);
      if (differs) ++result_.receivers_that_differ;
    }
    if (protocol_.answers()) result_.unanswered = static_cast<std::uint64_t>(std::max<std::int64_t>(under_way_, 0));
    result_.handshakes = fleet_.handshakes();
    result_.connections_lost = fleet_.lost();
  }

  const LoadOptions& options_;
  const Protocol& protocol_;
  ClientFleet fleet_;
  CostMeter meter_;
  const std::uint32_t run_;
  SequenceChecker checker_;
  std::vector<std::uint32_t> sequences_;  // by sender: how many it has sent
  TimePoint begin_;
  TimePoint measure_from_;
  TimePoint end_;
  bool is_measured_ = false;
  bool is_over_ = false;
  std::int64_t under_way_ = 0;
  absl::Status measurement_;
  LoadResult result_;
};

}  // namespace

absl::StatusOr<LoadResult> run_load(const LoadOptions& options, const Protocol& protocol) {
  if (options.rooms == 0 || options.senders == 0) {
    return absl::InvalidArgumentError("there must be a room and a sender");
  }
  if (options.receivers > 0 && options.senders < options.rooms) {
    return absl::InvalidArgumentError("there must be a sender for each room");
  }
  if (options.rate <= 0 && !protocol.answers()) {
    return absl::InvalidArgumentError("this server does not answer messages: they need a rate");
  }
  absl::StatusOr<CostMeter> meter = CostMeter::watch(options.processes);
  if (!meter.ok()) return meter.status();
  return Load(options, protocol, *std::move(meter)).run();
}

}  // namespace parley::bench
