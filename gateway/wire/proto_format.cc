#include "gateway/wire/proto_format.h"

#include <limits>

#include "common/errors.h"
#include "common/text_rules.h"

namespace parley::gateway {
namespace {

DecodedCommand refused(std::string_view reason, std::string_view message) {
  return {make_error(absl::StatusCode::kInvalidArgument, reason, message), {}};
}

}  // namespace

DecodedCommand ProtoFormat::decode(std::string_view payload) const {
  DecodedCommand decoded;
  if (payload.size() > std::numeric_limits<int>::max() ||
      !decoded.frame.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return refused("FRAME_INVALID", "the message is not a ClientFrame");
  }
  if (check_identifier(decoded.frame.request_id()) != TextProblem::kNone) {
    return refused("REQUEST_ID_INVALID", "request_id must be 1 to 64 of A-Z a-z 0-9 _ -");
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
