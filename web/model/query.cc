#include "web/model/query.h"

#include "common/text_rules.h"

namespace parley::web {

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool unreserved = (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
                            (character >= '0' && character <= '9') || character == '-' || character == '.' ||
                            character == '_' || character == '~';
    if (unreserved) {
      encoded.push_back(character);
    } else {
      encoded.append({'%', kHex[byte >> 4], kHex[byte & 0xF]});
    }
  }
  return encoded;
}

std::string room_of_path(std::string_view path) {
  constexpr std::string_view kPrefix = "/r/";
  constexpr std::string_view kLobby = "lobby";
  if (!path.starts_with(kPrefix)) return std::string(kLobby);
  path.remove_prefix(kPrefix.size());
  return std::string(check_room_name(path) == TextProblem::kNone ? path : kLobby);
}

}  // namespace parley::web
