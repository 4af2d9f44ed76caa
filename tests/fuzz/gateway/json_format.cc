// Commands of chat.v1.json.
#include "gateway/wire/json_format.h"

#include <google/protobuf/descriptor.h>

#include "common/text_rules.h"
#include "gateway/wire/json_text.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  if (count_code_points(bytes) == std::string_view::npos) return;  // the frame reader lets no such text pass
  const gateway::JsonFormat format;
  const gateway::DecodedCommand decoded = format.decode(bytes);
  const chat::v1::ClientFrame& frame = decoded.frame;
  if (!decoded.status.ok()) {
    expect(frame.command_case() == chat::v1::ClientFrame::COMMAND_NOT_SET, "an error has no command");
    return;
  }
  expect(check_identifier(frame.request_id()) == TextProblem::kNone, "a command has a request_id");
  const auto* command = frame.GetReflection()->GetOneofFieldDescriptor(
      frame, chat::v1::ClientFrame::descriptor()->FindOneofByName("command"));
  expect(command != nullptr, "a command is one");
  const std::string fields = gateway::to_canonical_json(frame.GetReflection()->GetMessage(frame, command));
  const std::string text = "{\"action\":\"" + command->name() + "\",\"request_id\":\"" + frame.request_id() +
                           "\",\"traceparent\":" + gateway::json_quoted(frame.traceparent()) +
                           (fields == "{}" ? "" : ",") + fields.substr(1);
  const gateway::DecodedCommand again = format.decode(text);
  expect(again.status.ok() && again.frame.SerializeAsString() == frame.SerializeAsString(),
         "a command that is written again is read the same");
}

}  // namespace parley::fuzz
