#include "tests/bench/load.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "tests/bench/client_fleet.h"
#include "tests/bench/send_schedule.h"
#include "tests/bench/sequence_checker.h"
#include "tests/bench/stamp.h"

namespace parley::bench {
namespace {

using Clock = std::chrono::steady_clock;

// After the end: what is missing then does not come any more.
constexpr std::chrono::seconds kSilenceMax(2);

class Load final : public FleetListener {
 public:
  Load(Crowd& crowd, const RunOptions& options)
      : options_(options),
        crowd_(crowd),
        people_(crowd.options()),
        fleet_(crowd.fleet()),
        run_(crowd.next_run()),
        checker_(people_.receivers, (people_.senders + people_.rooms - 1) / people_.rooms),
        sequences_(people_.senders) {
    crowd_.set_listener(this);
  }
  ~Load() override { crowd_.set_listener(nullptr); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  absl::StatusOr<LoadResult> run() {
    begin_ = Clock::now();
    measure_from_ = begin_ + options_.warm_up;
    end_ = measure_from_ + options_.duration;
    speak();
    absl::StatusOr<Costs> costs = crowd_.meter().end();
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
    if (client >= people_.receivers) {
      if (first.run == run_ && crowd_.protocol().kind_of_stamped(payload) == Heard::Kind::kAnswer)
        answered(client, first, now);
      return;
    }
    delivered(client, first, now);
    while (const std::optional<Stamp> stamp = fleet_.stamps().next(payload, rest)) delivered(client, *stamp, now);
  }

  void refused(std::uint32_t client) override {
    ++result_.refused;
    --under_way_;
    if (client >= people_.receivers) speak_again(client);
  }

  void resynced(std::uint32_t) override { ++result_.resynced; }

 private:
  void speak() {
    std::optional<SendSchedule> schedule;
    if (options_.rate > 0) {
      schedule.emplace(begin_, options_.rate, people_.senders);
    } else {
      for (std::uint32_t sender = 0; sender < people_.senders; ++sender) {
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
    const std::size_t room_number = people_.receivers > 0 ? sender : sender + sequence;
    const auto client = static_cast<std::uint32_t>(people_.receivers + sender);
    ++under_way_;
    fleet_.say(client, crowd_.room(room_number), crowd_.next_message(), stamp.body(options_.body_bytes));
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
    say(static_cast<std::uint32_t>(client - people_.receivers), Clock::now());
  }

  void delivered(std::uint32_t client, const Stamp& stamp, TimePoint now) {
    const bool is_ours =
        stamp.run == run_ && stamp.sender < people_.senders && stamp.sender % people_.rooms == client % people_.rooms;
    if (!is_ours) {
      if (!crowd_.is_earlier(stamp, run_)) ++result_.foreign;
      return;
    }
    checker_.see(client, stamp.sender / people_.rooms, stamp.sequence);
    if (stamp.due >= measure_from_) result_.delivery.record(now - stamp.due);
    if (options_.give_up.count() > 0 && now - stamp.due > options_.give_up) result_.is_abandoned = true;
    if (is_measured_ && !is_over_) ++result_.delivered;
  }

  // Everything that was sent, for everyone who should see it.
  std::uint64_t due_deliveries() const {
    std::uint64_t due = 0;
    for (std::size_t sender = 0; sender < people_.senders; ++sender) {
      const std::size_t room_number = sender % people_.rooms;
      const std::size_t others = people_.receivers / people_.rooms;
      const std::size_t extra = room_number < people_.receivers % people_.rooms ? 1 : 0;
      due += sequences_[sender] * (others + extra);
    }
    return due;
  }

  void start_measuring() {
    is_measured_ = true;
    measurement_ = crowd_.meter().begin();
    measure_from_ = Clock::now();
  }

  bool is_complete(std::uint64_t due) const {
    return checker_.seen() >= due && (!crowd_.protocol().answers() || under_way_ <= 0);
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
    for (std::size_t receiver = people_.rooms; receiver < people_.receivers; ++receiver) {
      const bool differs = checker_.order_digest(receiver) != checker_.order_digest(receiver % people_.rooms);
      if (differs) ++result_.receivers_that_differ;
    }
    if (crowd_.protocol().answers())
      result_.unanswered = static_cast<std::uint64_t>(std::max<std::int64_t>(under_way_, 0));
    result_.connect_s = crowd_.connect_s();
    result_.handshakes = fleet_.handshakes();
    result_.connections_lost = fleet_.lost();
  }

  const RunOptions& options_;
  Crowd& crowd_;
  const CrowdOptions& people_;
  ClientFleet& fleet_;
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

absl::StatusOr<LoadResult> run_load(Crowd& crowd, const RunOptions& options) {
  const CrowdOptions& people = crowd.options();
  const bool is_silent = options.rate <= 0 && options.window == 0;
  if (is_silent) return Load(crowd, options).run();
  if (people.senders == 0) return absl::InvalidArgumentError("there must be a sender");
  if (people.receivers > 0 && people.senders < people.rooms) {
    return absl::InvalidArgumentError("there must be a sender for each room");
  }
  if (options.rate <= 0 && !crowd.protocol().answers()) {
    return absl::InvalidArgumentError("this server does not answer messages: they need a rate");
  }
  return Load(crowd, options).run();
}

absl::StatusOr<LoadResult> run_load(const LoadOptions& options, const Protocol& protocol) {
  const absl::StatusOr<std::unique_ptr<Crowd>> crowd = Crowd::join(options, protocol);
  if (!crowd.ok()) return crowd.status();
  return run_load(**crowd, options);
}

}  // namespace parley::bench
