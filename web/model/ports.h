// What the model needs from the world around it. The page implements these over the browser (web/net), the tests over
// fakes. Everything runs on one thread; no call re-enters the caller unless it says so.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::web {

class TransportListener {
 public:
  virtual ~TransportListener() = default;
  virtual void transport_opened() = 0;
  // One binary message; `bytes` is valid during the call.
  virtual void transport_received(std::string_view bytes) = 0;
  // The socket is gone, or never opened; `code` as RFC 6455 (section 7.4), 1006 when there was none.
  virtual void transport_closed(int code) = 0;
};

// One WebSocket at a time, subprotocol chat.v1.proto.
class Transport {
 public:
  virtual ~Transport() = default;
  // Null to stop. Not called from within open(), send() or close().
  virtual void listen(TransportListener* listener) = 0;
  // `query` is what follows the `?` of the address. A socket that is still there is closed first, silently.
  virtual void open(std::string_view query) = 0;
  // Only between transport_opened() and transport_closed(); a loss shows as the latter.
  virtual void send(std::string_view bytes) = 0;
  // Lets go of the socket: nothing more is heard of it, not even its end.
  virtual void close() = 0;
};

// Texts by key that outlive the page. It may refuse to store (full, forbidden): callers keep their state in memory.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual std::optional<std::string> get(std::string_view key) const = 0;
  // False when it was not stored.
  virtual bool set(std::string_view key, std::string_view value) = 0;
  virtual void remove(std::string_view key) = 0;
  // In no order.
  virtual std::vector<std::string> keys(std::string_view prefix) const = 0;
};

// The page itself, as the server gave it to this tab.
class PageSource {
 public:
  virtual ~PageSource() = default;
  // Names its content; empty when it has no name.
  virtual std::string version() const = 0;
  // Loads it anew, to get the version `wanted`. This page ends soon after.
  virtual void reload(std::string_view wanted) = 0;
  // What reload() was last called with in this tab; empty when it was not.
  virtual std::string reloaded_for() const = 0;
};

using TimerId = std::int64_t;

class Timers {
 public:
  virtual ~Timers() = default;
  // Calls once, after at least `delay_ms`, never from within schedule(). The answer is not 0.
  virtual TimerId schedule(int delay_ms, std::function<void()> callback) = 0;
  // One that has been called or cancelled is no error.
  virtual void cancel(TimerId timer) = 0;
};

// A one-shot alarm that is taken back with its owner.
class Alarm {
 public:
  explicit Alarm(Timers& timers) : timers_(timers) {}
  ~Alarm() { stop(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Replaces what was set before.
  void set(int delay_ms, std::function<void()> callback) {
    stop();
    timer_ = timers_.schedule(delay_ms, [this, callback = std::move(callback)] {
      timer_ = 0;
      callback();
    });
  }
  void stop() {
    if (timer_ != 0) timers_.cancel(timer_);
    timer_ = 0;
  }
  bool is_set() const { return timer_ != 0; }

 private:
  Timers& timers_;
  TimerId timer_ = 0;
};

}  // namespace parley::web
