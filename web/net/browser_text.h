// Text on its way from the browser: a script fills the buffer, C++ takes it.
#pragma once

#include <string>

namespace parley::web {

// What the script wrote last with parley_text_buffer(): the first `bytes` of it.
std::string take_browser_text(int bytes);

}  // namespace parley::web
