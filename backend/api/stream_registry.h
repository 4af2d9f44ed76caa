// The open streams, so that a shutdown can end them.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "backend/api/call_authority.h"

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
  absl::Status add(const std::shared_ptr<EndableStream>& stream, const CallCaller& caller);
  void remove(const EndableStream* stream);
  // Ends all streams with SHUTTING_DOWN, and from now on every new one.
  void end_all();
  // Ends those whose callers are not admitted any more, with what `check` has against them.
  void end_unless(absl::FunctionRef<absl::Status(const CallCaller&)> check);
  std::size_t size() const;

 private:
  struct Open {
    std::weak_ptr<EndableStream> stream;
    CallCaller caller;
  };

  const std::size_t streams_max_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::unordered_map<const EndableStream*, Open> streams_;
};

}  // namespace parley::backend
