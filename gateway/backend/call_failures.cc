#include "gateway/backend/call_failures.h"

#include <algorithm>
#include <cstdint>

#include "common/errors.h"
#include "common/grpc_status.h"

namespace parley::gateway {
namespace {

constexpr std::chrono::milliseconds kFirstPause(20);
constexpr std::chrono::milliseconds kLongestPause(1'000);
constexpr std::chrono::milliseconds kShortestAttempt(500);

}  // namespace

bool is_of_transport(const grpc::Status& status) {
  if (!status.error_details().empty()) return false;
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL: return true;
    default: return false;
  }
}

absl::Status to_call_error(const grpc::Status& status) {
  if (!is_of_transport(status)) return from_grpc_status(status);
  return make_error(absl::StatusCode::kUnavailable, "BACKEND_UNAVAILABLE", "no backend can be reached");
}

std::chrono::milliseconds RetryPauses::next(RandomSource& random) {
  const std::chrono::milliseconds pause = pause_;
  pause_ = std::min(kLongestPause, pause_ == std::chrono::milliseconds(0) ? kFirstPause : pause_ * 2);
  const auto most = static_cast<std::uint64_t>(pause.count());
  return std::chrono::milliseconds(most / 2 + random_below(random, most / 2 + 1));
}

std::chrono::steady_clock::duration attempt_share(std::chrono::steady_clock::duration left, bool has_another) {
  if (!has_another) return left;
  return std::min(left, std::max<std::chrono::steady_clock::duration>(left / 2, kShortestAttempt));
}

}  // namespace parley::gateway
