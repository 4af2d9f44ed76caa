#include "gateway/wire/proto_format.h"

#include <limits>
#include <utility>

#include "common/errors.h"
#include "common/text_errors.h"

namespace parley::gateway {

DecodedCommand ProtoFormat::decode(std::string_view payload) const {
  DecodedCommand decoded;
  if (payload.size() > std::numeric_limits<int>::max() ||
      !decoded.frame.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return {make_error(absl::StatusCode::kInvalidArgument, "FRAME_INVALID", "the message is not a ClientFrame"), {}};
  }
  if (absl::Status checked = validate_request_id(decoded.frame.request_id()); !checked.ok()) {
    return {std::move(checked), {}};
  }
  if (decoded.frame.command_case() == pb::ClientFrame::COMMAND_NOT_SET) {
    decoded.status = make_error(absl::StatusCode::kInvalidArgument, "UNKNOWN_ACTION", "the frame has no command");
  }
  return decoded;
}

std::optional<std::string> ProtoFormat::encode_reply(const pb::Reply& reply, std::string_view) const {
  pb::ServerFrame frame;
  *frame.mutable_reply() = reply;
  return frame.SerializeAsString();
}

std::optional<std::string> ProtoFormat::encode_push(const pb::Push& push) const {
  pb::ServerFrame frame;
  *frame.mutable_push() = push;
  return frame.SerializeAsString();
}

}  // namespace parley::gateway
