// The world around the model, in the test's hands.
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chat/v1/frame.pb.h"
#include "common/clock.h"
#include "common/random.h"
#include "web/model/ports.h"

namespace parley::web {

class ManualClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override { return system_; }
  std::chrono::steady_clock::time_point steady_now() const override { return steady_; }
  void advance(int ms) {
    system_ += std::chrono::milliseconds(ms);
    steady_ += std::chrono::milliseconds(ms);
  }
  // The machine slept: only the wall clock knows.
  void sleep(int ms) { system_ += std::chrono::milliseconds(ms); }

 private:
  std::chrono::system_clock::time_point system_{std::chrono::milliseconds(1'700'000'000'000)};
  std::chrono::steady_clock::time_point steady_{std::chrono::milliseconds(1'000)};
};

class FakeTimers final : public Timers {
 public:
  explicit FakeTimers(ManualClock& clock) : clock_(clock) {}

  TimerId schedule(int delay_ms, std::function<void()> callback) override {
    entries_[++last_] = {now_ms_ + delay_ms, std::move(callback)};
    return last_;
  }
  void cancel(TimerId timer) override { entries_.erase(timer); }

  // Lets the time pass, with everything that falls due in it, in order.
  void run_for(int ms) {
    const std::int64_t end = now_ms_ + ms;
    for (;;) {
      auto next = entries_.end();
      for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->second.due_ms <= end && (next == entries_.end() || entry->second.due_ms < next->second.due_ms)) {
          next = entry;
        }
      }
      if (next == entries_.end()) break;
      move_to(next->second.due_ms);
      auto node = entries_.extract(next);
      node.mapped().callback();
    }
    move_to(end);
  }
  std::size_t count() const { return entries_.size(); }

 private:
  struct Entry {
    std::int64_t due_ms;
    std::function<void()> callback;
  };
  void move_to(std::int64_t time_ms) {
    if (time_ms <= now_ms_) return;
    clock_.advance(static_cast<int>(time_ms - now_ms_));
    now_ms_ = time_ms;
  }

  ManualClock& clock_;
  std::int64_t now_ms_ = 0;
  TimerId last_ = 0;
  std::map<TimerId, Entry> entries_;
};

class FakeStorage final : public Storage {
 public:
  std::optional<std::string> get(std::string_view key) const override {
    const auto found = values.find(key);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }
  bool set(std::string_view key, std::string_view value) override {
    if (full) return false;
    values.insert_or_assign(std::string(key), std::string(value));
    return true;
  }
  void remove(std::string_view key) override {
    if (const auto found = values.find(key); found != values.end()) values.erase(found);
  }
  std::vector<std::string> keys(std::string_view prefix) const override {
    std::vector<std::string> found;
    for (const auto& [key, value] : values) {
      if (key.starts_with(prefix)) found.insert(found.begin(), key);  // in no helpful order
    }
    return found;
  }

  std::map<std::string, std::string, std::less<>> values;
  bool full = false;
};

// Ids are different each time; random_below(), which asks for eight bytes, gives what the test wants.
class FakeRandom final : public RandomSource {
 public:
  void fill(std::span<std::byte> bytes) override {
    std::uint64_t value = number;
    if (bytes.size() != sizeof(value)) value = ++ids_;
    std::memset(bytes.data(), 0, bytes.size());
    std::memcpy(bytes.data(), &value, sizeof(value));
  }
  // Smaller than the bound that is asked with: the answer itself.
  std::uint64_t number = 0;

 private:
  std::uint64_t ids_ = 0;
};

class FakePage final : public PageSource {
 public:
  std::string version() const override { return own; }
  void reload(std::string_view wanted) override { reloads.emplace_back(wanted); }
  std::string reloaded_for() const override { return before; }

  std::string own = "v1";
  std::string before;
  std::vector<std::string> reloads;
};

class FakeTransport final : public Transport {
 public:
  void listen(TransportListener* listener) override { listener_ = listener; }
  void open(std::string_view query) override {
    queries.emplace_back(query);
    sent.clear();
    open_ = true;
  }
  void send(std::string_view bytes) override {
    chat::v1::ClientFrame frame;
    if (frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) sent.push_back(frame);
  }
  void close() override {
    if (std::exchange(open_, false)) ++closed;
  }

  void accept() { listener_->transport_opened(); }
  void deliver(const chat::v1::ServerFrame& frame) { listener_->transport_received(frame.SerializeAsString()); }
  void deliver_bytes(std::string_view bytes) { listener_->transport_received(bytes); }
  void lose(int code = 1006) {
    open_ = false;
    listener_->transport_closed(code);
  }
  bool is_open() const { return open_; }

  std::vector<std::string> queries;
  std::vector<chat::v1::ClientFrame> sent;  // over the present socket
  int closed = 0;                           // by the page

 private:
  TransportListener* listener_ = nullptr;
  bool open_ = false;
};

}  // namespace parley::web
