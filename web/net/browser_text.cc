#include "web/net/browser_text.h"

#include <emscripten/emscripten.h>

#include <cstddef>

namespace parley::web {
namespace {

// The page has one thread, and a text is taken before the next one is written.
std::string& buffer() {
  static std::string bytes;
  return bytes;
}

}  // namespace

std::string take_browser_text(int bytes) {
  std::string text;
  text.swap(buffer());
  text.resize(static_cast<std::size_t>(bytes));
  return text;
}

}  // namespace parley::web

// For scripts: room for `bytes` bytes.
extern "C" EMSCRIPTEN_KEEPALIVE char* parley_text_buffer(int bytes) {
  std::string& buffer = parley::web::buffer();
  buffer.resize(static_cast<std::size_t>(bytes));
  return buffer.data();
}
