// JSON text (RFC 8259) for the wire formats: Boost.JSON behind a bounded depth, protobuf's canonical mapping.
#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "absl/status/status.h"

namespace parley::gateway {

// Nested arrays and objects in a client's message.
inline constexpr std::size_t kJsonDepthMax = 16;

// Nothing unless `text` is one JSON object, nested no deeper than kJsonDepthMax.
std::optional<boost::json::object> parse_json_object(std::string_view text);

// A JSON string with its quotes.
std::string json_quoted(std::string_view text);

// The canonical form with the field names of the .proto file and every primitive field; int64 is a string. A message
// that has no canonical form gives an empty object.
std::string to_canonical_json(const google::protobuf::Message& message);

// INVALID_ARGUMENT (FRAME_INVALID), with the place in words, where a field has the wrong type. Unknown fields are
// ignored, so that a newer client can talk to an older gateway.
absl::Status from_canonical_json(const boost::json::object& object, google::protobuf::Message& message);

}  // namespace parley::gateway
