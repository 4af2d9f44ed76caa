#include "web/dom/browser_navigation.h"

#include <emscripten/emscripten.h>

// clang-format off
EM_JS(void, parley_go_to, (const char* path, int length), {
  location.assign(UTF8ToString(path, length));
})
// clang-format on

namespace parley::web {

void BrowserNavigation::go_to(std::string_view path) { parley_go_to(path.data(), static_cast<int>(path.size())); }

}  // namespace parley::web
