#include "web/view/linkify.h"

#include <algorithm>
#include <array>
#include <string>

namespace parley::web {
namespace {

constexpr std::array<std::string_view, 2> kSchemes = {"https://", "http://"};

bool is_word(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

// The length of the scheme at the beginning of `text`; 0 when there is none.
std::size_t scheme_length(std::string_view text) {
  for (const std::string_view scheme : kSchemes) {
    if (text.size() >= scheme.size() &&
        std::equal(scheme.begin(), scheme.end(), text.begin(), [](char a, char b) { return a == lower(b); })) {
      return scheme.size();
    }
  }
  return 0;
}

// Spaces and marks beyond ASCII that an address cannot hold: U+00A0, U+00AD, U+061C, U+1680, U+180E, U+2000..200F,
// U+2028..202F, U+205F..206F, U+3000..3002 (with the ideographic comma and full stop), U+FEFF, U+FF01..FF1F without
// digits.
bool ends_address(std::string_view rest) {
  const auto at = [rest](std::size_t index) {
    return index < rest.size() ? static_cast<unsigned char>(rest[index]) : 0U;
  };
  const unsigned first = at(0);
  if (first <= 0x20 || first == 0x7F) return true;
  if (first < 0x80) return std::string_view("<>\"\\^`{|}").find(rest[0]) != std::string_view::npos;
  if (first == 0xC2) return at(1) <= 0xA0 || at(1) == 0xAD;
  if (first == 0xD8) return at(1) == 0x9C;
  if (first < 0xE1 || first > 0xEF) return false;
  const unsigned code_point = ((first & 0x0F) << 12) | ((at(1) & 0x3F) << 6) | (at(2) & 0x3F);
  return code_point == 0x1680 || code_point == 0x180E || (code_point >= 0x2000 && code_point <= 0x200F) ||
         (code_point >= 0x2028 && code_point <= 0x202F) || (code_point >= 0x205F && code_point <= 0x206F) ||
         (code_point >= 0x3000 && code_point <= 0x3002) || code_point == 0xFEFF ||
         (code_point >= 0xFF01 && code_point <= 0xFF0F) || (code_point >= 0xFF1A && code_point <= 0xFF1F);
}

// Whether the last character closes a bracket that `address` does not open.
bool closes_outer_bracket(std::string_view address) {
  const char close = address.back();
  const char open = close == ')' ? '(' : close == ']' ? '[' : '\0';
  if (open == '\0') return false;
  return std::count(address.begin(), address.end(), close) > std::count(address.begin(), address.end(), open);
}

std::string_view without_trailing_punctuation(std::string_view address) {
  while (!address.empty() && (std::string_view(".,:;!?'*_~").find(address.back()) != std::string_view::npos ||
                              closes_outer_bracket(address))) {
    address.remove_suffix(1);
  }
  return address;
}

// The length of the address at the beginning of `text`; 0 when there is none.
std::size_t address_length(std::string_view text) {
  const std::size_t scheme = scheme_length(text);
  if (scheme == 0) return 0;
  std::size_t end = scheme;
  while (end < text.size() && !ends_address(text.substr(end))) ++end;
  const std::string_view address = without_trailing_punctuation(text.substr(0, end));
  if (address.size() <= scheme) return 0;
  const std::string_view authority = address.substr(scheme, address.find_first_of("/?#", scheme) - scheme);
  if (authority.empty() || authority.find('@') != std::string_view::npos) return 0;
  return is_word(authority.front()) || authority.front() == '[' ? address.size() : 0;
}

}  // namespace

std::vector<TextPiece> split_links(std::string_view text) {
  std::vector<TextPiece> pieces;
  std::size_t plain = 0;
  for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at)) {
    const auto begins_here = [text, at](std::size_t letters) {
      return at >= letters && scheme_length(text.substr(at - letters)) == letters + 3;
    };
    const std::size_t letters = begins_here(5) ? 5 : begins_here(4) ? 4 : 0;
    const std::size_t begin = at - letters;
    const bool word_begins = begin == 0 || !is_word(text[begin - 1]);
    const std::size_t length = letters == 0 || begin < plain || !word_begins ? 0 : address_length(text.substr(begin));
    if (length == 0) {
      at += 3;
      continue;
    }
    if (begin > plain) pieces.push_back({text.substr(plain, begin - plain), false});
    pieces.push_back({text.substr(begin, length), true});
    plain = at = begin + length;
  }
  if (plain < text.size()) pieces.push_back({text.substr(plain), false});
  return pieces;
}

void append_with_links(Element& parent, std::string_view text) {
  for (const TextPiece& piece : split_links(text)) {
    if (!piece.is_link) {
      parent.append_text(piece.text);
      continue;
    }
    const ElementPtr link = parent.append_new("a", "", piece.text);
    link->set_attribute("href", piece.text);
    // On its own: what stands before it in the text cannot turn it around, so that it reads as what it leads to.
    link->set_attribute("dir", "ltr");
    link->set_attribute("target", "_blank");
    link->set_attribute("rel", "noopener noreferrer");
  }
}

}  // namespace parley::web
