// A broker that keeps what it is told.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "backend/chat/broker.h"

namespace parley::backend {

// Thread-safe.
class FakeBroker final : public Broker {
 public:
  void start(Listener listener) override { listener_ = std::move(listener); }
  void publish(Hint hint) override {
    const std::scoped_lock lock(mutex_);
    published_.push_back(std::move(hint));
  }
  void stop() override {}

  std::vector<Hint> published() const {
    const std::scoped_lock lock(mutex_);
    return published_;
  }

 private:
  Listener listener_;
  mutable std::mutex mutex_;
  std::vector<Hint> published_;
};

}  // namespace parley::backend
