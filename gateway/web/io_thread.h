// One I/O thread: its io_context, the sessions that live on it, and their clockwork.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/clock.h"
#include "common/random.h"
#include "gateway/hub/executor.h"
#include "gateway/web/socket_metrics.h"

namespace parley::gateway {

// A connection of any kind on its I/O thread.
class Session {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Session() = default;
  // Called several times a second, instead of a timer each.
  virtual void sweep(TimePoint now) = 0;
  // End in an orderly way, soon.
  virtual void drain() = 0;
  // End now.
  virtual void abandon() = 0;
};

// What gathers its output until what is ready on its I/O thread has run.
class Flushable {
 public:
  virtual ~Flushable() = default;
  virtual void flush() = 0;
};

// An io_context as an Executor. Work that is still queued when the context goes is destroyed with it.
class ContextExecutor final : public Executor {
 public:
  explicit ContextExecutor(boost::asio::io_context& context) : context_(context) {}
  void post(absl::AnyInvocable<void()> work) override;

 private:
  boost::asio::io_context& context_;
};

class IoThread {
 public:
  // `clock` outlives the thread. `sweep_interval`: how often the sessions are swept.
  IoThread(const Clock& clock, std::chrono::milliseconds sweep_interval);
  ~IoThread();

  // Any thread.
  void start();
  // Ends the loop; what is queued is not run. Joins. Not on this thread.
  void stop();
  Executor& executor() { return executor_; }
  boost::asio::io_context& context() { return context_; }

  // The rest only on this thread, or before start().
  const Clock& clock() const { return clock_; }
  // Sweeps the session as long as someone holds it.
  void add(std::weak_ptr<Session> session) { sessions_.push_back(std::move(session)); }
  // Flushes it once everything that is ready now has run, so that what belongs together leaves together. Once a call,
  // in the order of the calls. Where many wait, what becomes ready meanwhile runs in between.
  void flush_soon(std::shared_ptr<Flushable> flushable);
  // The same, before those of flush_soon.
  void flush_first(std::shared_ptr<Flushable> flushable);
  // For bytes that are read and used at once; whoever comes next overwrites them.
  std::span<char> scratch() { return scratch_; }
  // Of the sockets that live here. Others read it.
  SocketMetrics& socket_metrics() { return socket_metrics_; }
  const SocketMetrics& socket_metrics() const { return socket_metrics_; }
  // Runs with every sweep.
  void set_on_sweep(absl::AnyInvocable<void(Session::TimePoint)> on_sweep) { on_sweep_ = std::move(on_sweep); }
  // Drains the sessions in an order of chance, evenly over `spread`, so that their clients do not all come back in the
  // same moment. Those to come drain at once.
  void drain(std::chrono::milliseconds spread, RandomSource& random);
  // Drains all that are left now.
  void drain_now();
  void abandon();
  bool draining() const { return draining_; }
  std::size_t session_count() const;

 private:
  void arm();
  void sweep();
  void drain_due();
  void flush_later();
  void flush_some();
  static void flush_some_of(std::deque<std::shared_ptr<Flushable>>& waiting);

  const Clock& clock_;
  const std::chrono::milliseconds sweep_interval_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  ContextExecutor executor_;
  boost::asio::steady_timer timer_;
  std::vector<std::weak_ptr<Session>> sessions_;
  absl::AnyInvocable<void(Session::TimePoint)> on_sweep_;
  bool draining_ = false;
  std::vector<std::weak_ptr<Session>> to_drain_;  // the last one is next
  std::size_t drain_total_ = 0;
  Session::TimePoint drain_began_;
  std::chrono::milliseconds drain_spread_{0};
  boost::asio::steady_timer drain_timer_;
  std::deque<std::shared_ptr<Flushable>> answers_;
  std::deque<std::shared_ptr<Flushable>> crowd_;
  bool will_flush_ = false;
  std::vector<char> scratch_;
  SocketMetrics socket_metrics_;
  std::thread thread_;
};

}  // namespace parley::gateway
