#include "gateway/wire/json_format.h"

#include <google/protobuf/descriptor.h>

#include <boost/json/value.hpp>

#include "common/errors.h"
#include "common/text_rules.h"
#include "common/trace_context.h"
#include "gateway/wire/json_text.h"

namespace parley::gateway {
namespace {

namespace json = boost::json;

// Field `name` of the oneof `oneof`: the action and its place in the frame are one name.
const google::protobuf::FieldDescriptor* find_choice(const google::protobuf::Message& message, std::string_view oneof,
                                                     std::string_view name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  const bool chosen =
      field != nullptr && field->containing_oneof() != nullptr && field->containing_oneof()->name() == oneof;
  return chosen ? field : nullptr;
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->as_string().data(), value->as_string().size()};
}

absl::Status refusal(std::string_view reason, std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, reason, message);
}

}  // namespace

DecodedCommand JsonFormat::decode(std::string_view payload) const {
  DecodedCommand decoded;
  std::optional<json::object> object = parse_json_object(payload);
  if (!object) {
    decoded.status = refusal("FRAME_INVALID", "the message is not a JSON object");
    return decoded;
  }
  const std::string_view request_id = text_of(*object, "request_id");
  if (check_identifier(request_id) != TextProblem::kNone) {
    decoded.status = refusal("REQUEST_ID_INVALID", "request_id must be a string of 1 to 64 of A-Z a-z 0-9 _ -");
    return decoded;
  }
  const auto* command = find_choice(decoded.frame, "command", text_of(*object, "action"));
  decoded.frame.set_request_id(std::string(request_id));
  if (command == nullptr) {
    decoded.status = refusal("UNKNOWN_ACTION", "`action` is not a known action");
    return decoded;
  }
  decoded.frame.set_traceparent(std::string(text_of(*object, kTraceparent)));
  object->erase({kTraceparent.data(), kTraceparent.size()});
  object->erase("request_id");
  object->erase("action");
  pb::ClientFrame& frame = decoded.frame;
  decoded.status = from_canonical_json(*object, *frame.GetReflection()->MutableMessage(&frame, command));
  if (!decoded.status.ok()) frame.clear_command();
  return decoded;
}

std::optional<std::string> JsonFormat::encode_reply(const pb::Reply& reply, std::string_view) const {
  std::string text = "{\"type\":\"reply\",\"request_id\":" + json_quoted(reply.request_id());
  const auto* oneof = reply.GetDescriptor()->FindOneofByName("result");
  const auto* result = reply.GetReflection()->GetOneofFieldDescriptor(reply, oneof);
  if (result == nullptr) return std::nullopt;
  const std::string value = to_canonical_json(reply.GetReflection()->GetMessage(reply, result));
  if (reply.has_error()) return text + ",\"error\":" + value + "}";
  return text + ",\"action\":" + json_quoted(result->name()) + ",\"result\":" + value + "}";
}

std::optional<std::string> JsonFormat::encode_push(const pb::Push& push) const {
  const std::string value = to_canonical_json(push);
  if (value == "{}") return std::nullopt;  // of a kind that this version does not know, or with a time that has no form
  return "{\"type\":\"push\"," + value.substr(1);
}

}  // namespace parley::gateway
