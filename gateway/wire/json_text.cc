#include "gateway/wire/json_text.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "common/errors.h"

namespace parley::gateway {
namespace {

namespace json = boost::json;

}  // namespace

std::optional<json::object> parse_json_object(std::string_view text) {
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string json_quoted(std::string_view text) { return json::serialize(json::string_view(text.data(), text.size())); }

std::string to_canonical_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  // Only a time outside the years 1 to 9999 has no form.
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "{}";
  return text;
}

absl::Status from_canonical_json(const json::object& object, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json::serialize(object), &message, options);
  if (parsed.ok()) return absl::OkStatus();
  return make_error(absl::StatusCode::kInvalidArgument, "FRAME_INVALID",
                    "a field of the command is of the wrong type: " + std::string(parsed.message()));
}

}  // namespace parley::gateway
