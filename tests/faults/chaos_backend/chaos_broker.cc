#include "tests/faults/chaos_backend/chaos_broker.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace parley::backend {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

ChaosBroker::ChaosBroker(std::unique_ptr<Broker> inner, ChaosOptions options,
                         std::shared_ptr<const std::atomic<bool>> is_on)
    : inner_(std::move(inner)), options_(options), is_on_(std::move(is_on)), random_(options.seed) {}

ChaosBroker::~ChaosBroker() { stop(); }

void ChaosBroker::start(Listener listener) {
  listener_ = std::move(listener);
  thread_ = std::thread([this] { deliver_late(); });
  inner_->start({.on_hint = [this](Hint hint) { take(std::move(hint)); },
                 .on_reconnected =
                     [this] {
                       const std::scoped_lock delivering(delivering_);
                       listener_.on_reconnected();
                     }});
}

void ChaosBroker::publish(Hint hint) { inner_->publish(std::move(hint)); }

void ChaosBroker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  changed_.notify_all();
  inner_->stop();
  if (thread_.joinable()) thread_.join();
}

ChaosBroker::Mishap ChaosBroker::draw() {
  if (!*is_on_) return Mishap::kNone;
  const auto drawn = static_cast<unsigned>(random_() % 100);
  for (const Mishap mishap : {Mishap::kDropped, Mishap::kDoubled, Mishap::kOvertaken, Mishap::kDelayed}) {
    if (drawn < options_.percent * static_cast<unsigned>(mishap)) return mishap;
  }
  return Mishap::kNone;
}

void ChaosBroker::take(Hint hint) {
  const std::scoped_lock delivering(delivering_);
  std::vector<Hint> hints;
  {
    const std::scoped_lock lock(mutex_);
    switch (draw()) {
      case Mishap::kDropped: return;
      case Mishap::kDelayed: {
        const auto span = static_cast<std::uint64_t>((options_.delay_most - options_.delay_least).count());
        return wait_in(delayed_, options_.delay_least + std::chrono::milliseconds(random_() % (span + 1)),
                       std::move(hint));
      }
      case Mishap::kOvertaken: return wait_in(to_overtake_, options_.overtaken_within, std::move(hint));
      case Mishap::kDoubled: hints.push_back(hint); [[fallthrough]];
      case Mishap::kNone: hints.push_back(std::move(hint)); break;
    }
    for (auto& [due, overtaken] : to_overtake_) hints.push_back(std::move(overtaken));
    to_overtake_.clear();
  }
  for (Hint& next : hints) listener_.on_hint(std::move(next));
}

void ChaosBroker::wait_in(Waiting& waiting, std::chrono::milliseconds delay, Hint hint) {
  if (delayed_.size() + to_overtake_.size() >= options_.waiting_max) return;
  waiting.emplace(Clock::now() + delay, std::move(hint));
  changed_.notify_all();
}

std::vector<Hint> ChaosBroker::take_due() {
  std::vector<Hint> due;
  const std::scoped_lock lock(mutex_);
  for (Waiting* waiting : {&to_overtake_, &delayed_}) {
    const auto end = waiting->upper_bound(Clock::now());
    std::transform(waiting->begin(), end, std::back_inserter(due), [](auto& entry) { return std::move(entry.second); });
    waiting->erase(waiting->begin(), end);
  }
  return due;
}

bool ChaosBroker::wait_until_due() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    TimePoint next = TimePoint::max();
    for (const Waiting* waiting : {&to_overtake_, &delayed_}) {
      if (!waiting->empty()) next = std::min(next, waiting->begin()->first);
    }
    if (next <= Clock::now()) return true;
    if (next == TimePoint::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, next);
    }
  }
  return false;
}

void ChaosBroker::deliver_late() {
  while (wait_until_due()) {
    const std::scoped_lock delivering(delivering_);
    for (Hint& hint : take_due()) listener_.on_hint(std::move(hint));
  }
}

}  // namespace parley::backend
