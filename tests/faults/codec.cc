#include "tests/faults/codec.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/absl_view.h"

namespace parley::faults {
namespace {

namespace json = boost::json;

absl::Status invalid(std::string_view what, std::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(to_absl(what), ": ", to_absl(text.substr(0, 200))));
}

absl::Status read_json(const json::value& value, google::protobuf::Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json::serialize(value), &message);
  if (status.ok()) return absl::OkStatus();
  return invalid(status.message().as_string(), json::serialize(value));
}

std::string json_text(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) text.clear();
  return text;
}

class ProtoCodec final : public Codec {
 public:
  std::string_view subprotocol() const override { return "chat.v1.proto"; }
  bool is_binary() const override { return true; }
  std::string encode(const pb::ClientFrame& frame) const override { return frame.SerializeAsString(); }
  absl::StatusOr<pb::ServerFrame> decode(std::string_view text) const override {
    pb::ServerFrame frame;
    if (!frame.ParseFromArray(text.data(), static_cast<int>(text.size()))) return invalid("no ServerFrame", "");
    return frame;
  }
};

// A frame is the command's fields in one object with `action` and `request_id`.
class JsonCodec final : public Codec {
 public:
  std::string_view subprotocol() const override { return "chat.v1.json"; }
  bool is_binary() const override { return false; }

  std::string encode(const pb::ClientFrame& frame) const override {
    json::object object = json::parse(json_text(frame)).as_object();
    const std::string request_id = frame.request_id();
    object.erase("request_id");
    json::object command = object.begin()->value().as_object();
    command["action"] = object.begin()->key();
    command["request_id"] = request_id;
    return json::serialize(command);
  }

  absl::StatusOr<pb::ServerFrame> decode(std::string_view text) const override {
    boost::system::error_code error;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || !value.is_object()) return invalid("not a JSON object", text);
    json::object& object = value.as_object();
    const json::value* const type = object.if_contains("type");
    if (type == nullptr || !type->is_string()) return invalid("no type", text);
    const bool is_reply = type->as_string() == "reply";
    object.erase("type");
    if (is_reply) name_the_result(object);
    pb::ServerFrame frame;
    if (absl::Status read = read_json(json::object{{is_reply ? "reply" : "push", object}}, frame); !read.ok())
      return read;
    return frame;
  }

 private:
  // {"action":A,"result":R} as the oneof has it: {A:R}.
  static void name_the_result(json::object& reply) {
    if (const json::value* const result = reply.if_contains("result"); result != nullptr) {
      json::value moved = *result;
      reply.erase("result");
      reply[reply.at("action").as_string()] = std::move(moved);
    }
    reply.erase("action");
  }
};

class TutorialCodec final : public Codec {
 public:
  std::string_view subprotocol() const override { return {}; }
  bool is_binary() const override { return false; }

  std::string encode(const pb::ClientFrame& frame) const override {
    if (frame.command_case() == pb::ClientFrame::kGetMessages) return R"({"action":"get_messages"})";
    return json::serialize(json::object{{"action", "send_message"},
                                        {"message", frame.send_message().body()},
                                        {"time", frame.send_message().client_time()}});
  }

  absl::StatusOr<pb::ServerFrame> decode(std::string_view text) const override {
    boost::system::error_code error;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || !value.is_object()) return invalid("not a JSON object", text);
    const json::object& object = value.as_object();
    pb::ServerFrame frame;
    const json::value* const id = object.if_contains("id");
    const json::value* const body = object.if_contains("message");
    if (body == nullptr || !body->is_string()) return invalid("no message", text);
    if (id == nullptr) {  // the tutorial's own way to say that an action failed
      frame.mutable_reply()->mutable_error()->set_message(body->as_string().c_str());
      return frame;
    }
    std::int64_t offset = 0;
    if (!id->is_string() || !absl::SimpleAtoi(id->as_string().c_str(), &offset)) return invalid("no id", text);
    pb::Event& event = *frame.mutable_push()->mutable_event();
    event.mutable_position()->set_offset(offset);
    event.mutable_message()->set_change_offset(offset);
    event.mutable_message()->set_body(body->as_string().c_str());
    return frame;
  }
};

}  // namespace

std::unique_ptr<Codec> make_codec(Format format) {
  switch (format) {
    case Format::kTutorial: return std::make_unique<TutorialCodec>();
    case Format::kJson: return std::make_unique<JsonCodec>();
    case Format::kProto: return std::make_unique<ProtoCodec>();
  }
  return nullptr;
}

std::string_view name_of(Format format) {
  switch (format) {
    case Format::kTutorial: return "tutorial";
    case Format::kJson: return "json";
    case Format::kProto: return "proto";
  }
  return {};
}

}  // namespace parley::faults
