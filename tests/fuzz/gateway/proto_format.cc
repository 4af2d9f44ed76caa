// Commands of chat.v1.proto.
#include "gateway/wire/proto_format.h"

#include "common/text_rules.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  const gateway::ProtoFormat format;
  const gateway::DecodedCommand decoded = format.decode(bytes);
  const chat::v1::ClientFrame& frame = decoded.frame;
  if (!decoded.status.ok()) {
    expect(frame.command_case() == chat::v1::ClientFrame::COMMAND_NOT_SET, "an error has no command");
    return;
  }
  expect(check_identifier(frame.request_id()) == TextProblem::kNone, "a command has a request_id");
  const gateway::DecodedCommand again = format.decode(frame.SerializeAsString());
  expect(again.status.ok() && again.frame.SerializeAsString() == frame.SerializeAsString(),
         "a command that is written again is read the same");
}

}  // namespace parley::fuzz
