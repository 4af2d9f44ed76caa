// Hints as the broker delivers them; whoever reaches it can send anything.
#include "backend/broker/hint_codec.h"
#include "common/text_rules.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  const backend::DecodedHints decoded = backend::decode_hints(bytes);
  std::vector<std::string> lines;
  for (const backend::Hint& hint : decoded.hints) {
    expect(check_room_name(hint.room) == TextProblem::kNone, "hints are of rooms");
    lines.push_back(backend::encode_hint(hint));
  }
  std::vector<std::string> again;
  for (const std::string& payload : backend::pack_hints("sender", lines)) {
    expect(payload.size() <= backend::kPayloadBytesMax, "payloads keep to their limit");
    for (const backend::Hint& hint : backend::decode_hints(payload).hints) again.push_back(backend::encode_hint(hint));
  }
  expect(again == lines, "hints that are written again are read the same");
}

}  // namespace parley::fuzz
