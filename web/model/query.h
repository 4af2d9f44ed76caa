// The query of a web address.
#pragma once

#include <string>
#include <string_view>

namespace parley::web {

// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

// The room that a path names: /r/NAME, or the lobby for every other path and for a name that no room can have.
std::string room_of_path(std::string_view path);

}  // namespace parley::web
