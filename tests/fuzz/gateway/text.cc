// UTF-8: two checks that know nothing of each other agree, however the bytes are cut; and what the text rules let pass
// is within them.
#include "common/text_rules.h"
#include "gateway/wire/utf8_validator.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

bool is_valid(std::string_view text, std::size_t step) {
  gateway::Utf8Validator validator;
  while (!text.empty()) {
    if (!validator.take(text.substr(0, step))) return false;
    text.remove_prefix(std::min(step, text.size()));
  }
  return validator.is_complete();
}

}  // namespace

void fuzz(std::string_view bytes) {
  Input input(bytes);
  const std::size_t step = input.byte() + 1UL;
  const std::string_view text = input.rest();
  const std::size_t code_points = count_code_points(text);
  const bool valid = code_points != std::string_view::npos;
  for (const std::size_t cut : {text.size() + 1, step, std::size_t{1}}) {
    expect(is_valid(text, cut) == valid, "both checks agree");
  }
  if (check_author_name(text) == TextProblem::kNone) {
    expect(valid && code_points >= 1 && code_points <= kAuthorNameCodePointsMax, "a name is 1 to 40 characters");
    expect(text.size() <= kAuthorNameBytesMax, "a name has a limit in bytes");
  }
  if (check_body(text) == TextProblem::kNone) {
    expect(valid && code_points >= 1 && code_points <= kBodyCodePointsMax, "a body is 1 to 4,000 characters");
    expect(text.find('\0') == std::string_view::npos, "a body has no NUL");
  }
  if (check_client_time(text) == TextProblem::kNone) {
    expect(valid && text.size() <= kClientTimeBytesMax, "a client's time has a limit");
  }
  if (check_identifier(text) == TextProblem::kNone || check_room_name(text) == TextProblem::kNone) {
    expect(code_points == text.size() && !text.empty(), "identifiers and rooms are ASCII");
  }
}

}  // namespace parley::fuzz
