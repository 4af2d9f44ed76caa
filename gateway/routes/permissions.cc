#include "gateway/routes/permissions.h"

#include <algorithm>

#include "common/errors.h"

namespace parley::gateway {
namespace {

bool matches(std::string_view pattern, std::string_view room) {
  if (!pattern.ends_with('*')) return pattern == room;
  pattern.remove_suffix(1);
  return room.starts_with(pattern);
}

}  // namespace

absl::Status check_room_permission(const Permissions& permissions, std::string_view room) {
  const bool is_allowed =
      !permissions.rooms || std::any_of(permissions.rooms->begin(), permissions.rooms->end(),
                                        [room](const std::string& pattern) { return matches(pattern, room); });
  if (is_allowed) return absl::OkStatus();
  return make_error(absl::StatusCode::kPermissionDenied, "ROOM_NOT_ALLOWED", "this room is not open to you");
}

absl::Status check_permission(const Permissions& permissions, const pb::ClientFrame& command) {
  switch (command.command_case()) {
    case pb::ClientFrame::kSubscribe: return check_room_permission(permissions, command.subscribe().room());
    case pb::ClientFrame::kGetMessages: return check_room_permission(permissions, command.get_messages().room());
    case pb::ClientFrame::kSendMessage: return check_room_permission(permissions, command.send_message().room());
    case pb::ClientFrame::kSetName:
      if (permissions.may_rename) return absl::OkStatus();
      return make_error(absl::StatusCode::kPermissionDenied, "NAME_FIXED", "your name is the one of your login");
    case pb::ClientFrame::kUnsubscribe:
    case pb::ClientFrame::COMMAND_NOT_SET: break;
  }
  return absl::OkStatus();
}

}  // namespace parley::gateway
