#include "backend/api/stream_registry.h"

#include <utility>
#include <vector>

#include "common/errors.h"

namespace parley::backend {
namespace {

absl::Status shutting_down() {
  return make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "this backend is shutting down");
}

}  // namespace

absl::Status StreamRegistry::add(const std::shared_ptr<EndableStream>& stream, const CallCaller& caller) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return shutting_down();
  if (streams_.size() >= streams_max_) {
    return make_error(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many streams are open");
  }
  streams_.emplace(stream.get(), Open{.stream = stream, .caller = caller});
  return absl::OkStatus();
}

void StreamRegistry::remove(const EndableStream* stream) {
  const std::scoped_lock lock(mutex_);
  streams_.erase(stream);
}

std::size_t StreamRegistry::size() const {
  const std::scoped_lock lock(mutex_);
  return streams_.size();
}

void StreamRegistry::end_all() {
  std::vector<std::shared_ptr<EndableStream>> open;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    for (const auto& [key, entry] : streams_) {
      if (auto held = entry.stream.lock()) open.push_back(std::move(held));
    }
  }
  for (const auto& stream : open) stream->end(shutting_down());
}

void StreamRegistry::end_unless(absl::FunctionRef<absl::Status(const CallCaller&)> check) {
  std::vector<std::pair<std::shared_ptr<EndableStream>, absl::Status>> ended;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, entry] : streams_) {
      absl::Status admitted = check(entry.caller);
      if (admitted.ok()) continue;
      if (auto held = entry.stream.lock()) ended.emplace_back(std::move(held), std::move(admitted));
    }
  }
  for (auto& [stream, status] : ended) stream->end(std::move(status));
}

}  // namespace parley::backend
