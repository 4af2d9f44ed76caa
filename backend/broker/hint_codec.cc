#include "backend/broker/hint_codec.h"

#include <cstdint>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "backend/chat/validation.h"
#include "common/absl_view.h"
#include "common/text_rules.h"

namespace parley::backend {
namespace {

constexpr std::size_t kEventBytesMax = 2'048;
constexpr absl::string_view kVersion = "1";

std::string encode_change(const Hint& hint) {
  if (hint.event != nullptr && hint.event->ByteSizeLong() <= kEventBytesMax) {
    std::string text;
    absl::Base64Escape(hint.event->SerializeAsString(), &text);
    return "e " + text;
  }
  return absl::StrCat("c ", hint.room, " ", hint.position.offset(), " ", hint.position.epoch());
}

bool decode_event(absl::string_view text, Hint& hint) {
  std::string bytes;
  auto event = std::make_shared<pb::Event>();
  if (!absl::Base64Unescape(text, &bytes) || !event->ParseFromString(bytes) || !event->has_position()) return false;
  hint.room = event->room();
  hint.position = event->position();
  hint.event = std::move(event);
  return true;
}

bool decode_change(absl::string_view text, Hint& hint) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(' ', 2));
  std::int64_t offset = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &offset)) return false;
  hint.room = std::string(parts[0]);
  hint.position.set_offset(offset);
  hint.position.set_epoch(std::string(parts[2]));
  return true;
}

bool decode_line(absl::string_view line, Hint& hint) {
  if (line.size() < 3 || line[1] != ' ') return false;
  const absl::string_view rest = line.substr(2);
  switch (line[0]) {
    case 'e': return decode_event(rest, hint);
    case 'c': return decode_change(rest, hint);
    case 'p':
      hint.kind = HintKind::kPresence;
      hint.room = std::string(rest);
      return true;
    default: return false;
  }
}

// Whether there can be such a room, and such a position in it; and it has a line to itself.
bool is_sound(const Hint& hint) {
  if (check_room_name(hint.room) != TextProblem::kNone) return false;
  if (hint.kind == HintKind::kPresence) return true;
  return check_position(hint.position).ok() && hint.position.epoch().find('\n') == std::string::npos;
}

}  // namespace

std::string encode_hint(const Hint& hint) {
  return hint.kind == HintKind::kPresence ? "p " + hint.room : encode_change(hint);
}

std::vector<std::string> pack_hints(std::string_view sender, const std::vector<std::string>& lines) {
  const std::string head = absl::StrCat(kVersion, " ", to_absl(sender));
  std::vector<std::string> payloads;
  for (const std::string& line : lines) {
    if (payloads.empty() || payloads.back().size() + 1 + line.size() > kPayloadBytesMax) payloads.push_back(head);
    absl::StrAppend(&payloads.back(), "\n", line);
  }
  return payloads;
}

DecodedHints decode_hints(std::string_view payload, std::string_view own_sender) {
  DecodedHints decoded;
  const std::vector<absl::string_view> head = absl::StrSplit(to_absl(payload.substr(0, payload.find('\n'))), ' ');
  if (head.size() != 2 || head[0] != kVersion) return decoded;
  decoded.sender = std::string(head[1]);
  if (decoded.sender == own_sender) return decoded;
  const std::vector<absl::string_view> lines = absl::StrSplit(to_absl(payload), '\n');
  for (std::size_t index = 1; index < lines.size(); ++index) {
    Hint hint;
    if (decode_line(lines[index], hint) && is_sound(hint)) decoded.hints.push_back(std::move(hint));
  }
  return decoded;
}

}  // namespace parley::backend
