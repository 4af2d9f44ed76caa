// A clock that stands still until it is told to move.
#pragma once

#include <atomic>

#include "common/clock.h"

namespace parley::test {

class FakeClock final : public Clock {
 public:
  std::chrono::system_clock::time_point system_now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(now_s_.load()));
  }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::seconds(now_s_.load()));
  }
  std::int64_t seconds() const { return now_s_.load(); }
  void advance(std::chrono::seconds duration) { now_s_ += duration.count(); }

 private:
  std::atomic<std::int64_t> now_s_ = 1'700'000'000;
};

}  // namespace parley::test
