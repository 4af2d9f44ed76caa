#include "gateway/web/io_thread.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace parley::gateway {
namespace {

constexpr std::chrono::milliseconds kDrainInterval(10);
constexpr std::size_t kScratchBytes = 64UL * 1024;
// System calls of some microseconds each: nobody waits for a millisecond because a large room is being written to.
constexpr std::size_t kFlushesAtOnce = 64;

}  // namespace

void ContextExecutor::post(absl::AnyInvocable<void()> work) {
  boost::asio::post(context_, [work = std::move(work)]() mutable { work(); });
}

IoThread::IoThread(const Clock& clock, std::chrono::milliseconds sweep_interval)
    : clock_(clock),
      sweep_interval_(sweep_interval),
      guard_(context_.get_executor()),
      executor_(context_),
      timer_(context_),
      drain_timer_(context_),
      scratch_(kScratchBytes) {}

IoThread::~IoThread() { stop(); }

void IoThread::start() {
  arm();
  thread_ = std::thread([this] { context_.run(); });
}

void IoThread::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
  answers_.clear();
  crowd_.clear();
}

void IoThread::flush_soon(std::shared_ptr<Flushable> flushable) {
  crowd_.push_back(std::move(flushable));
  flush_later();
}

void IoThread::flush_first(std::shared_ptr<Flushable> flushable) {
  answers_.push_back(std::move(flushable));
  flush_later();
}

// Behind all that is ready now.
void IoThread::flush_later() {
  if (std::exchange(will_flush_, true)) return;
  boost::asio::post(context_, [this] { flush_some(); });
}

void IoThread::flush_some() {
  will_flush_ = false;
  flush_some_of(answers_);
  flush_some_of(crowd_);
  if (!answers_.empty() || !crowd_.empty()) flush_later();
}

void IoThread::flush_some_of(std::deque<std::shared_ptr<Flushable>>& waiting) {
  for (std::size_t left = std::min(waiting.size(), kFlushesAtOnce); left > 0; --left) {
    const std::shared_ptr<Flushable> flushable = std::move(waiting.front());
    waiting.pop_front();
    flushable->flush();
  }
}

void IoThread::drain(std::chrono::milliseconds spread, RandomSource& random) {
  draining_ = true;
  to_drain_ = sessions_;
  for (std::size_t left = to_drain_.size(); left > 1; --left) {
    std::swap(to_drain_[left - 1], to_drain_[random_below(random, left)]);
  }
  drain_total_ = to_drain_.size();
  drain_began_ = clock_.steady_now();
  drain_spread_ = spread;
  drain_due();
}

void IoThread::drain_due() {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - drain_began_);
  const std::size_t due = passed >= drain_spread_ ? drain_total_
                                                  : drain_total_ * static_cast<std::size_t>(passed.count()) /
                                                        static_cast<std::size_t>(drain_spread_.count());
  while (drain_total_ - to_drain_.size() < due) {
    const std::shared_ptr<Session> session = to_drain_.back().lock();
    to_drain_.pop_back();
    if (session != nullptr) session->drain();
  }
  if (to_drain_.empty()) return;
  drain_timer_.expires_after(kDrainInterval);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) drain_due();
  });
}

void IoThread::drain_now() {
  draining_ = true;
  to_drain_.clear();
  const std::vector<std::weak_ptr<Session>> sessions = sessions_;
  for (const auto& weak : sessions) {
    if (const auto session = weak.lock()) session->drain();
  }
}

void IoThread::abandon() {
  const std::vector<std::weak_ptr<Session>> sessions = sessions_;
  for (const auto& weak : sessions) {
    if (const auto session = weak.lock()) session->abandon();
  }
}

std::size_t IoThread::session_count() const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [](const auto& session) { return !session.expired(); }));
}

void IoThread::arm() {
  timer_.expires_after(sweep_interval_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void IoThread::sweep() {
  const Session::TimePoint now = clock_.steady_now();
  // A session may add another one while it is swept, and its place may move: by index, from the back.
  for (std::size_t index = sessions_.size(); index > 0; --index) {
    if (const auto session = sessions_[index - 1].lock()) {
      session->sweep(now);
    } else {
      std::swap(sessions_[index - 1], sessions_.back());
      sessions_.pop_back();
    }
  }
  socket_metrics_.sweep_ended(now);
  if (on_sweep_) on_sweep_(now);
  arm();
}

}  // namespace parley::gateway
