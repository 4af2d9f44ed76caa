// Debian's Abseil has a string_view of its own that doesn't convert to or from std::string_view.
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace parley {

inline absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view to_std(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace parley
