// The picture of a person who has none: initials on one of twelve colours.
#pragma once

#include <string>
#include <string_view>

#include "web/dom/element.h"

namespace parley::web {

inline constexpr unsigned kAvatarColours = 12;

// The same for one author everywhere: in [0, kAvatarColours).
unsigned avatar_colour(std::string_view author_id);
// The first character of the first and of the last word; `?` for an empty name.
std::string initials(std::string_view name);
// Appends a decorative avatar, hidden from assistive technology: the name stands beside it.
void append_avatar(Element& parent, std::string_view author_id, std::string_view name);

}  // namespace parley::web
