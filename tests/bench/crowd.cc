#include "tests/bench/crowd.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectMax(300);
constexpr std::chrono::seconds kSettleMax(30);
// For so long nothing has come.
constexpr std::chrono::milliseconds kSilence(300);

}  // namespace

absl::StatusOr<std::unique_ptr<Crowd>> Crowd::join(const CrowdOptions& options, const Protocol& protocol) {
  if (options.rooms == 0 || options.receivers + options.senders == 0) {
    return absl::InvalidArgumentError("there must be a room, and somebody in it");
  }
  absl::StatusOr<CostMeter> meter = CostMeter::watch(options.processes);
  if (!meter.ok()) return meter.status();
  std::unique_ptr<Crowd> crowd(new Crowd(options, protocol, *std::move(meter)));
  const TimePoint begin = Clock::now();
  absl::Status connected = crowd->fleet_.connect(crowd->plans(), options.connecting_max, kConnectMax);
  if (!connected.ok()) return connected;
  crowd->connect_s_ = std::chrono::duration<double>(Clock::now() - begin).count();
  return crowd;
}

Crowd::Crowd(const CrowdOptions& options, const Protocol& protocol, CostMeter meter)
    : options_(options),
      protocol_(protocol),
      fleet_(options.port, protocol, *this),
      meter_(std::move(meter)),
      number_(std::random_device()()),
      run_(number_) {}

std::string Crowd::room(std::size_t number) const {
  return absl::StrCat("bench-", number_, "-", number % options_.rooms);
}

std::vector<ClientPlan> Crowd::plans() const {
  std::vector<ClientPlan> plans;
  plans.reserve(clients());
  for (std::size_t index = 0; index < options_.receivers; ++index) {
    plans.push_back({.role = Role::kReceiver, .room = room(index)});
  }
  for (std::size_t index = 0; index < options_.senders; ++index) {
    plans.push_back({.role = Role::kSender, .room = room(index)});
  }
  return plans;
}

void Crowd::rest(TimePoint until) {
  while (Clock::now() < until) fleet_.poll(until);
}

absl::Status Crowd::settle() {
  const TimePoint begin = Clock::now();
  for (TimePoint now = begin; fleet_.ready() < clients() || now < last_stamp_ + kSilence; now = Clock::now()) {
    if (!fleet_.problem().ok()) return fleet_.problem();
    if (fleet_.lost() > 0) return absl::FailedPreconditionError(absl::StrCat(fleet_.lost(), " clients are lost"));
    if (now > begin + kSettleMax) return absl::DeadlineExceededError("the last run does not come to its end");
    fleet_.poll(now + std::chrono::milliseconds(20));
  }
  return fleet_.problem();
}

void Crowd::stamped(std::uint32_t client, const Stamp& first, std::string_view payload, std::size_t rest,
                    TimePoint now) {
  last_stamp_ = now;
  if (listener_ != nullptr) listener_->stamped(client, first, payload, rest, now);
}

void Crowd::refused(std::uint32_t client) {
  if (listener_ != nullptr) listener_->refused(client);
}

void Crowd::resynced(std::uint32_t client) {
  if (listener_ != nullptr) listener_->resynced(client);
  fleet_.greet_again(client);
}

void Crowd::became_ready(std::uint32_t client) {
  if (listener_ != nullptr) listener_->became_ready(client);
}

void Crowd::ended(std::uint32_t client) {
  if (listener_ != nullptr) listener_->ended(client);
}

}  // namespace parley::bench
