#include "backend/app/writability_watch.h"

#include <optional>
#include <utility>

namespace parley::backend {

WritabilityWatch::WritabilityWatch(WriteProbe& probe, const WritabilityWatchOptions& options, const Clock& clock,
                                   RandomSource& random, const Logger& logger, OnChange on_change)
    : probe_(probe),
      options_(options),
      clock_(clock),
      random_(random),
      logger_(logger),
      on_change_(std::move(on_change)),
      state_(options.state, clock.steady_now()),
      thread_([this] { work(); }) {}

WritabilityWatch::~WritabilityWatch() {
  request_stop();
  thread_.join();
}

void WritabilityWatch::request_stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  stop_requested_.notify_all();
}

void WritabilityWatch::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const absl::Status probed = probe_.probe(options_.probe_limit);
    lock.lock();
    if (stopping_) return;
    take(probed);
    stop_requested_.wait_for(lock, next_pause(), [this] { return stopping_; });
  }
}

void WritabilityWatch::take(const absl::Status& probed) {
  const std::optional<Writability::Change> change = state_.record(probed, clock_.steady_now());
  if (!change.has_value()) return;
  if (change->is_writable) {
    logger_.info("database_writable", {{"not_writable_for_ms", change->lasted.count()}});
  } else {
    logger_.error("database_not_writable", {{"reason", change->reason}});
  }
  on_change_(change->is_writable);
}

std::chrono::milliseconds WritabilityWatch::next_pause() {
  const std::chrono::milliseconds pause = state_.next_probe_in();
  const auto spread = static_cast<std::uint64_t>(pause.count()) * 2 / 5;
  return pause * 4 / 5 + std::chrono::milliseconds(random_below(random_, spread + 1));
}

}  // namespace parley::backend
