// The open streams, so that a shutdown can end them.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "absl/status/status.h"

namespace parley::backend {

// A stream that somebody else can end. end() is thread-safe and does not block.
class EndableStream {
 public:
  virtual ~EndableStream() = default;
  virtual void end(absl::Status status) = 0;
};

// Thread-safe.
class StreamRegistry {
 public:
  explicit StreamRegistry(std::size_t streams_max) : streams_max_(streams_max) {}

  // OK, or why the stream must end at once: UNAVAILABLE (SHUTTING_DOWN), RESOURCE_EXHAUSTED (OVERLOADED).
  absl::Status add(const std::shared_ptr<EndableStream>& stream);
  void remove(const EndableStream* stream);
  // Ends all streams with SHUTTING_DOWN, and from now on every new one.
  void end_all();
  std::size_t size() const;

 private:
  const std::size_t streams_max_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::unordered_map<const EndableStream*, std::weak_ptr<EndableStream>> streams_;
};

}  // namespace parley::backend
