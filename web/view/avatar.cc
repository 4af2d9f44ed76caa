#include "web/view/avatar.h"

#include <cstdint>

namespace parley::web {
namespace {

std::string first_character(std::string_view word) {
  std::size_t length = 1;
  while (length < word.size() && (static_cast<unsigned char>(word[length]) & 0xC0) == 0x80) ++length;
  std::string character(word.substr(0, length));
  if (character[0] >= 'a' && character[0] <= 'z') character[0] = static_cast<char>(character[0] - 'a' + 'A');
  return character;
}

}  // namespace

unsigned avatar_colour(std::string_view author_id) {
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a
  for (const char character : author_id) hash = (hash ^ static_cast<std::uint8_t>(character)) * 16'777'619U;
  return (hash ^ (hash >> 16)) % kAvatarColours;
}

std::string initials(std::string_view name) {
  const std::size_t begin = name.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "?";
  const std::size_t end = name.find_last_not_of(' ');
  const std::size_t space = name.substr(0, end + 1).rfind(' ');
  std::string letters = first_character(name.substr(begin));
  if (space != std::string_view::npos && space > begin) letters += first_character(name.substr(space + 1));
  return letters;
}

void append_avatar(Element& parent, std::string_view author_id, std::string_view name) {
  const std::string classes = "avatar avatar-" + std::to_string(avatar_colour(author_id));
  parent.append_new("span", classes, initials(name))->set_attribute("aria-hidden", "true");
}

}  // namespace parley::web
