#include "web/net/browser_location.h"

#include <emscripten/emscripten.h>

#include "web/net/browser_text.h"

// clang-format off
EM_JS(int, parley_location_path, (), {
  const text = location.pathname;
  const bytes = lengthBytesUTF8(text);
  stringToUTF8(text, _parley_text_buffer(bytes + 1), bytes + 1);
  return bytes;
})

EM_JS(int, parley_location_socket, (), {
  const text = (location.protocol == 'https:' ? 'wss://' : 'ws://') + location.host + '/ws';
  const bytes = lengthBytesUTF8(text);
  stringToUTF8(text, _parley_text_buffer(bytes + 1), bytes + 1);
  return bytes;
})
// clang-format on

namespace parley::web {

std::string browser_path() { return take_browser_text(parley_location_path()); }

std::string browser_socket_url() { return take_browser_text(parley_location_socket()); }

}  // namespace parley::web
