// What a backend sends, on its way to a client: whatever it says, each format says it in its own form.
#include "common/text_rules.h"
#include "gateway/wire/json_text.h"
#include "gateway/wire/wire_format.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

using gateway::WireFormatId;

void check(const gateway::WireFormat& format, const std::optional<std::string>& payload,
           const chat::v1::ServerFrame& frame) {
  if (!payload) return;
  if (format.id() == WireFormatId::kProto) {
    chat::v1::ServerFrame again;
    expect(again.ParseFromString(*payload), "protobuf can be read again");
    expect(again.reply().SerializeAsString() == frame.reply().SerializeAsString() &&
               again.push().SerializeAsString() == frame.push().SerializeAsString(),
           "protobuf carries a reply or a push unchanged");
    return;
  }
  expect(gateway::parse_json_object(*payload).has_value(), "JSON is one object");
  expect(count_code_points(*payload) != std::string_view::npos, "JSON is UTF-8");
}

}  // namespace

void fuzz(std::string_view bytes) {
  chat::v1::ServerFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  for (const WireFormatId id : {WireFormatId::kTutorial, WireFormatId::kJson, WireFormatId::kProto}) {
    const gateway::WireFormat& format = gateway::wire_format(id);
    if (frame.has_reply()) check(format, format.encode_reply(frame.reply(), "connection"), frame);
    if (frame.has_push()) check(format, format.encode_push(frame.push()), frame);
  }
}

}  // namespace parley::fuzz
