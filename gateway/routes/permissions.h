// What a connection may do, as far as that is less than everything.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "chat/v1/frame.pb.h"

namespace parley::gateway {

namespace pb = chat::v1;

struct Permissions {
  bool may_rename = true;
  // The rooms that are allowed, each a name, or the beginning of names with a `*` behind it; absent: all.
  std::optional<std::vector<std::string>> rooms;
  // When the client has to come again with something newer; absent: never.
  std::optional<std::chrono::steady_clock::time_point> expire_time;
  // True, from any thread, when it has to do so now; null: never.
  std::shared_ptr<const std::atomic<bool>> withdrawn = nullptr;

  bool have_ended(std::chrono::steady_clock::time_point now) const {
    return (expire_time && now >= *expire_time) || (withdrawn != nullptr && withdrawn->load(std::memory_order_relaxed));
  }
};

// PERMISSION_DENIED (ROOM_NOT_ALLOWED).
absl::Status check_room_permission(const Permissions& permissions, std::string_view room);
// PERMISSION_DENIED (ROOM_NOT_ALLOWED, NAME_FIXED).
absl::Status check_permission(const Permissions& permissions, const pb::ClientFrame& command);

}  // namespace parley::gateway
