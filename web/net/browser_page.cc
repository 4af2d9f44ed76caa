#include "web/net/browser_page.h"

#include <emscripten/emscripten.h>

#include "web/net/browser_text.h"

// clang-format off
EM_JS(int, parley_page_text, (int remembered), {
  try {
    const text = remembered ? sessionStorage.getItem('parley.reloaded_for') || ""
                            : document.querySelector('meta[name=version]').content;
    const bytes = lengthBytesUTF8(text);
    stringToUTF8(text, _parley_text_buffer(bytes + 1), bytes + 1);
    return bytes;
  } catch (error) {
    return 0;
  }
})

EM_JS(void, parley_page_reload, (const char* wanted, int length), {
  try {
    sessionStorage.setItem('parley.reloaded_for', UTF8ToString(wanted, length));
  } catch (error) {
  }
  location.reload();
})
// clang-format on

namespace parley::web {

std::string BrowserPage::version() const { return take_browser_text(parley_page_text(0)); }

void BrowserPage::reload(std::string_view wanted) {
  parley_page_reload(wanted.data(), static_cast<int>(wanted.size()));
}

std::string BrowserPage::reloaded_for() const { return take_browser_text(parley_page_text(1)); }

}  // namespace parley::web
