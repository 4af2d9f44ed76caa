#include "common/text_rules.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace parley {
namespace {

constexpr char32_t kMalformed = 0xFFFFFFFF;

// Takes the first code point off `text`; kMalformed where there is none.
char32_t take_code_point(std::string_view& text) {
  const auto byte_at = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  const std::uint8_t lead = byte_at(0);
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return kMalformed;
  char32_t code_point = lead & (0x7F >> length);
  for (std::size_t index = 1; index < length; ++index) {
    if ((byte_at(index) & 0xC0) != 0x80) return kMalformed;
    code_point = (code_point << 6) | (byte_at(index) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kLeast[length] || code_point > 0x10FFFF || surrogate) return kMalformed;
  text.remove_prefix(length);
  return code_point;
}

bool is_control(char32_t code_point) { return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0); }

bool is_white_space(char32_t code_point) {
  return code_point == ' ' || (code_point >= '\t' && code_point <= '\r') || code_point == 0x85 || code_point == 0xA0 ||
         code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x2028 ||
         code_point == 0x2029 || code_point == 0x202F || code_point == 0x205F || code_point == 0x3000;
}

struct CodePoints {
  char32_t first;
  char32_t last;
};

// DerivedCoreProperties.txt of Unicode 15, Default_Ignorable_Code_Point, which has Bidi_Control in it; and U+FFF9 to
// U+FFFB.
constexpr CodePoints kInvisible[] = {
    {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},
    {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

bool is_invisible(char32_t code_point) {
  return std::any_of(std::begin(kInvisible), std::end(kInvisible), [code_point](const CodePoints& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

bool is_lower_or_digit(char character) {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

bool is_plain(char character) { return character >= 0x20 && character < 0x7F; }

// How many bytes at the beginning are ASCII and no control characters: of most texts, all. Eight at a time, of which
// none has its highest bit, nor gets it by the addition (0x7F), nor by the subtraction (what is less than 0x20).
std::size_t plain_bytes(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::size_t count = 0;
  for (; text.size() - count >= sizeof(kOnes); count += sizeof(kOnes)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + count, sizeof(bytes));
    if (((bytes | (bytes + kOnes) | (bytes - 0x20 * kOnes)) & 0x80 * kOnes) != 0) break;
  }
  while (count < text.size() && is_plain(text[count])) ++count;
  return count;
}

struct Survey {
  std::size_t code_points = 0;
  bool malformed = false;
  bool has_control = false;
  bool has_nul = false;
  bool begins_blank = false;
  bool ends_blank = false;
  bool all_blank = true;
};

Survey survey(std::string_view text) {
  Survey found;
  while (!text.empty()) {
    if (const std::size_t plain = plain_bytes(text); plain > 0) {
      if (found.code_points == 0) found.begins_blank = text.front() == ' ';
      found.ends_blank = text[plain - 1] == ' ';
      found.all_blank = found.all_blank && text.find_first_not_of(' ') >= plain;
      found.code_points += plain;
      text.remove_prefix(plain);
      continue;
    }
    const char32_t code_point = take_code_point(text);
    if (code_point == kMalformed) {
      found.malformed = true;
      return found;
    }
    const bool blank = is_white_space(code_point);
    if (found.code_points == 0) found.begins_blank = blank;
    found.ends_blank = blank;
    found.all_blank = found.all_blank && blank;
    found.has_control = found.has_control || is_control(code_point);
    found.has_nul = found.has_nul || code_point == 0;
    ++found.code_points;
  }
  return found;
}

}  // namespace

std::size_t count_code_points(std::string_view text) {
  const Survey found = survey(text);
  return found.malformed ? std::string_view::npos : found.code_points;
}

TextProblem check_room_name(std::string_view name) {
  if (name.empty()) return TextProblem::kEmpty;
  if (name.size() > kRoomNameBytesMax) return TextProblem::kTooLong;
  const auto allowed = [](char character) {
    return is_lower_or_digit(character) || character == '-' || character == '_';
  };
  const bool valid = is_lower_or_digit(name.front()) && std::all_of(name.begin(), name.end(), allowed);
  return valid ? TextProblem::kNone : TextProblem::kInvalid;
}

TextProblem check_identifier(std::string_view identifier) {
  if (identifier.empty()) return TextProblem::kEmpty;
  if (identifier.size() > kIdentifierBytesMax) return TextProblem::kTooLong;
  const auto allowed = [](char character) {
    return is_lower_or_digit(character) || (character >= 'A' && character <= 'Z') || character == '-' ||
           character == '_';
  };
  return std::all_of(identifier.begin(), identifier.end(), allowed) ? TextProblem::kNone : TextProblem::kInvalid;
}

TextProblem check_author_name(std::string_view name) {
  if (name.empty()) return TextProblem::kEmpty;
  if (name.size() > kAuthorNameBytesMax) return TextProblem::kTooLong;
  const Survey found = survey(name);
  if (found.malformed || found.has_control || found.begins_blank || found.ends_blank) return TextProblem::kInvalid;
  return found.code_points > kAuthorNameCodePointsMax ? TextProblem::kTooLong : TextProblem::kNone;
}

std::string plain_name(std::string_view name) {
  std::string plain;
  plain.reserve(name.size());
  bool is_after_blank = false;
  while (!name.empty()) {
    const std::string_view before = name;
    const char32_t code_point = take_code_point(name);
    if (code_point == kMalformed) return plain.append(before);
    if (is_invisible(code_point)) continue;
    const bool is_blank = is_white_space(code_point) && !is_control(code_point);
    if (is_blank && !is_after_blank) plain.push_back(' ');
    if (!is_blank) plain.append(before.substr(0, before.size() - name.size()));
    is_after_blank = is_blank;
  }
  return plain;
}

TextProblem check_body(std::string_view body) {
  if (body.size() > kBodyBytesMax) return TextProblem::kTooLong;
  const Survey found = survey(body);
  if (found.malformed || found.has_nul) return TextProblem::kInvalid;
  if (found.all_blank) return TextProblem::kEmpty;
  return found.code_points > kBodyCodePointsMax ? TextProblem::kTooLong : TextProblem::kNone;
}

TextProblem check_client_time(std::string_view client_time) {
  if (client_time.size() > kClientTimeBytesMax) return TextProblem::kTooLong;
  const Survey found = survey(client_time);
  return found.malformed || found.has_control ? TextProblem::kInvalid : TextProblem::kNone;
}

}  // namespace parley
