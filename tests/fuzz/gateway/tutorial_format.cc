// Commands of the tutorial's contract.
#include "gateway/wire/tutorial_format.h"

#include "common/text_rules.h"
#include "gateway/wire/json_text.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  if (count_code_points(bytes) == std::string_view::npos) return;  // the frame reader lets no such text pass
  const gateway::TutorialFormat format({});
  const gateway::DecodedCommand decoded = format.decode(bytes);
  if (!decoded.status.ok()) return;
  const chat::v1::ClientFrame& frame = decoded.frame;
  expect(frame.has_get_messages() || frame.has_send_message(), "there are two commands");
  if (!frame.has_send_message()) return;
  const chat::v1::SendMessageCommand& command = frame.send_message();
  const gateway::DecodedCommand again =
      format.decode("{\"action\":\"send_message\",\"message\":" + gateway::json_quoted(command.body()) +
                    ",\"time\":" + gateway::json_quoted(command.client_time()) + "}");
  expect(again.status.ok() && again.frame.SerializeAsString() == frame.SerializeAsString(),
         "a command that is written again is read the same");
}

}  // namespace parley::fuzz
